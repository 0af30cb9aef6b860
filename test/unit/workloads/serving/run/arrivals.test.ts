import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { arrivalsOf } from "../../../../../workloads/serving/run/arrivals.ts";
import { errorOf } from "../../../../support/expect-error.ts";

describe("arrivals", () => {
  it("are 550 under the rising load of Ishakian 2018, evenly spaced within each second", () => {
    const times = arrivalsOf({ kind: "scale", fromPerSec: 10, byPerSec: 10 }, 10);
    expect(times).to.have.lengthOf(550);
    for (let second = 0; second < 10; second += 1) {
      const own = times.filter((at) => Math.floor(at) === second);
      expect(own).to.have.lengthOf(10 * (second + 1));
      expect(own[1]! - own[0]!).to.be.closeTo(1 / own.length, 1e-12);
    }
  });

  it("have the mean rate of a Poisson process, and gaps as variable as its", () => {
    const times = arrivalsOf({ kind: "poisson", ratePerSec: 50, seed: 5 }, 20_000);
    expect(20_000 / (times.at(-1) ?? 0)).to.be.closeTo(50, 1.5);
    const gaps = [...times].map((at, index) => at - (times[index - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).to.be.closeTo(1, 0.03);
  });

  it("are the same for the same seed, never fall, and are never before the start", () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 300 }),
        fc.double({ min: 0.1, max: 5000, noNaN: true }),
        (seed, steps, ratePerSec) => {
          const times = arrivalsOf({ kind: "poisson", ratePerSec, seed }, steps);
          expect(times).to.deep.equal(arrivalsOf({ kind: "poisson", ratePerSec, seed }, steps));
          expect([...times].every((at, index) => at >= (times[index - 1] ?? 0))).to.equal(true);
          const even = arrivalsOf({ kind: "constant", ratePerSec }, steps);
          expect(even.at(-1)).to.be.closeTo((steps - 1) / ratePerSec, 1e-9);
        },
      ),
    );
  });

  describe("of a file", () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "underlay-trace-"));
      file = join(folder, "trace");
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const replay = (text: string, speed = 1, steps = 100): number[] => {
      writeFileSync(file, text);
      return [...arrivalsOf({ kind: "replay", file, speed }, steps)];
    };

    it("are sorted, counted from the first, and as fast as is asked", () => {
      expect(replay("# s\n7\n5\n\n6.5\r\n")).to.deep.equal([0, 1.5, 2]);
      expect(replay("7\n5\n", 2)).to.deep.equal([0, 1]);
      expect(replay("1\n2\n3\n", 1, 2)).to.deep.equal([0, 1]);
    });

    for (const [what, text] of [
      ["a word", "1\nsoon\n"],
      ["a time before the start", "-1\n"],
      ["no time", "# nothing\n"],
      ["an endless time", "Infinity\n"],
    ] as const) {
      it(`refuses ${what}`, () => {
        expect(errorOf(() => replay(text))).to.include({ code: "trace-invalid" });
      });
    }
  });
});
