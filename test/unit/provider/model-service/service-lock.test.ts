import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { UnderlayError } from "../../../../measure/error.ts";
import { serviceLock, type ServiceLockArgs } from "../../../../provider/model-service/service-lock.ts";
import type { Locker } from "../../../../provider/version-sets.ts";
import { modelFindings } from "../../../fixtures/model-findings.ts";
import { serviceMeasurement } from "../../../fixtures/service-measurement.ts";
import { rejectionOf } from "../../../support/expect-error.ts";
import { fullMachine } from "../../../support/machine-file.ts";

describe("the lock of a service", () => {
  let cache = "";
  const asked: (readonly string[])[] = [];
  const said: string[] = [];
  beforeEach(() => {
    cache = mkdtempSync(path.join(tmpdir(), "underlay-locks-"));
    asked.splice(0);
    said.splice(0);
  });
  afterEach(() => {
    rmSync(cache, { recursive: true, force: true });
  });

  /** Resolves Flask to what is pinned, or to 3.1.2; 2.0.0 is not valid. */
  const lock: Locker = (_machine, lines) => {
    asked.push(lines);
    const version = lines.map((line) => /^flask==(.*)$/.exec(line)?.[1]).find((each) => each !== undefined) ?? "3.1.2";
    return version === "2.0.0"
      ? Promise.reject(new UnderlayError("requirements-contradict", "No versions fit together."))
      : Promise.resolve({ text: `flask==${version} --hash=sha256:0\n`, packages: [{ name: "flask", version }] });
  };
  const means = {
    ...{ machine: fullMachine, signal: new AbortController().signal, status: (line: string) => said.push(line) },
    inFolder: () => Promise.reject(new Error("nothing is built")),
  };
  const args = (change: Partial<ServiceLockArgs> = {}): ServiceLockArgs => ({
    ...{ findings: modelFindings({}), besides: ["flask>=2"], python: "3.11", cuda: false, file: null, cache },
    ...change,
  });
  const record = (version: string, factor: number) =>
    serviceMeasurement({
      packages: [{ name: "flask", version }],
      imageBytes: Math.round(9e8 * factor),
      coldStartSec: 8 * factor,
    });
  const records = [
    ...[1.01, 1, 0.99].map((factor) => record("3.1.2", factor)),
    ...[0.51, 0.5, 0.49].map((factor) => record("3.0.3", factor)),
    record("2.0.0", 0.1),
  ];

  it("has the newest versions without records, says so, and asks the index once for the same requirements", async () => {
    const first = await serviceLock(args(), means, [], lock);
    expect(first.text).to.equal("flask==3.1.2 --hash=sha256:0\n");
    expect(first.choice).to.deep.equal({
      by: "newest",
      because: "no service with these distributions was measured",
    });
    expect((await serviceLock(args(), means, [], lock)).digest).to.equal(first.digest);
    expect(asked).to.deep.equal([["flask>=2"]]);
    expect(said).to.deep.equal(["versions: uv resolves 1 requirements"]);
  });

  it("has versions that were measured to be cheaper, says so, and keeps each answer of the index, the contradictions too", async () => {
    const { text, packages, choice } = await serviceLock(args(), means, records, lock);
    expect(text).to.equal("flask==3.0.3 --hash=sha256:0\n");
    expect(packages).to.deep.equal([{ name: "flask", version: "3.0.3" }]);
    expect(choice?.by).to.equal("measured records");
    expect(choice?.because).to.match(/^0\.\d+ × the newest set's size, start and latency .* by 7 measured services$/);
    expect(asked).to.have.length(3);
    expect((await serviceLock(args(), means, records, lock)).text).to.equal(text);
    expect(asked).to.have.length(3);
    expect(readdirSync(path.join(cache, "locks")).map((name) => path.extname(name))).to.have.members([
      ".txt",
      ".txt",
      ".none",
    ]);
  });

  it("asks again for requirements of the source's own that had no answer, and for nothing more with too few records", async () => {
    const broken: Locker = () => Promise.reject(new UnderlayError("distribution-unknown", "No index has it."));
    expect((await rejectionOf(serviceLock(args(), means, [], broken))).code).to.equal("distribution-unknown");
    const { choice } = await serviceLock(args(), means, records.slice(0, 5), lock);
    expect(choice?.by).to.equal("newest");
    expect(choice?.because).to.include("5 measured services").and.to.include("6 are needed");
    expect(asked).to.deep.equal([["flask>=2"]]);
  });

  it("is the user's own where there is one, and must have hashes", async () => {
    const file = path.join(cache, "own.txt");
    writeFileSync(file, "flask==1.0 --hash=sha256:1\n");
    const { packages, choice } = await serviceLock(args({ file }), means, records, lock);
    expect({ packages, choice }).to.deep.equal({ packages: [{ name: "flask", version: "1.0" }], choice: null });
    writeFileSync(file, "flask==1.0\n");
    expect((await rejectionOf(serviceLock(args({ file }), means, records, lock))).code).to.equal("lock-invalid");
    expect(asked).to.deep.equal([]);
  });
});
