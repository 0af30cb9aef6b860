import { expect } from "chai";
import { bounded } from "../../../cli/bounded.ts";
import { matrixCells } from "../../../cli/matrix.ts";
import { UnderlayError } from "../../../measure/error.ts";
import { matrixText } from "../../../report/matrix.ts";

describe("matrixCells", () => {
  it("has every combination once, named by its values", () => {
    const cells = matrixCells("environment: [vm, bare-metal]\ncpus: [1, 2]\ngpus: [0]\n", "m.yaml");
    expect(cells.map(({ id }) => id)).to.deep.equal(["vm-1-0", "vm-2-0", "bare-metal-1-0", "bare-metal-2-0"]);
    expect(cells[1]?.config).to.deep.equal({ environment: "vm", cpus: "2", gpus: "0" });
  });

  for (const [what, text, says] of [
    ["a value that is no list", "cpus: 1", /m\.yaml is no matrix[\s\S]*cpus/],
    ["a key without values", "cpus: []", /must have values/],
    ["too many stacks", `a: [${"1,".repeat(200)}]\nb: [${"1,".repeat(200)}]`, /has 40000 stacks, and may have 10000/],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => matrixCells(text, "m.yaml")).to.throw(UnderlayError, says);
    });
  }
});

describe("bounded", () => {
  it("works on so many at a time, and gives what comes of them in their order", async () => {
    let [now, atMost] = [0, 0];
    const squares = await bounded([5, 1, 4, 2, 3], 2, async (one) => {
      now += 1;
      atMost = Math.max(atMost, now);
      await new Promise((resolve) => setTimeout(resolve, one));
      now -= 1;
      return one * one;
    });
    expect(squares).to.deep.equal([25, 1, 16, 4, 9]);
    expect(atMost).to.equal(2);
  });

  it("throws what the work throws, once what is under way has ended", async () => {
    const ended: number[] = [];
    const work = async (one: number): Promise<void> => {
      if (one === 0) throw new Error("no");
      await new Promise((resolve) => setTimeout(resolve, 5));
      ended.push(one);
    };
    const thrown = await bounded([0, 1], 2, work).catch((error: unknown) => error);
    expect(String(thrown)).to.equal("Error: no");
    expect(ended).to.deep.equal([1]);
  });
});

describe("matrixText", () => {
  it("has a line for each stack, why one is refused, and what each took", () => {
    const row = { id: "vm-1", seconds: 2, problems: [], resources: 5, totals: [], unpriced: ["server"] };
    const bad = { ...row, id: "vm-2", problems: ["too\ndear"], resources: null, totals: null, unpriced: [] };
    const text = matrixText({ stacks: [row, bad], parallel: 2, seconds: 5 });
    expect(text).to.match(/vm-1 +passed +5 +1 without a price +2\.0 s/);
    expect(text)
      .to.match(/vm-2 +refused/)
      .and.include("vm-2: too dear\n");
    expect(text).to.include("2 stacks, 1 refused, 2 at a time: 5.0 s, 2.50 s each\n");
  });
});
