import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { compare, type CompareOptions } from "../../../cli/compare.ts";
import { formatRecord } from "../../../measure/parse-record.ts";
import { captured } from "../../support/captured.ts";
import { rejectionOf } from "../../support/expect-error.ts";
import { exampleRecord, oneSeries } from "../measure/example-record.ts";
import { markupErrors } from "../report/well-formed.ts";

describe("underlay compare", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "underlay-compare-"));
    write("before.jsonl", 1);
    write("after.jsonl", 1.3);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string, factor: number): void {
    const seconds = (_series: string, round: number): number => factor * (1 + 0.01 * round);
    const environments = [{ environment: "vm", seconds }] as const;
    const lines = exampleRecord({ schedule: oneSeries(3, 3), baseline: "vm", environments });
    writeFileSync(path.join(folder, name), formatRecord(lines));
  }

  async function ask(options: CompareOptions = {}, after = "after.jsonl") {
    let code = NaN;
    let text = "";
    const errors = await captured("stderr", async () => {
      text = await captured("stdout", () => {
        code = compare(path.join(folder, "before.jsonl"), path.join(folder, after), options);
      });
    });
    return { code, text, errors };
  }

  it("prints what changed, with its interval", async () => {
    const { code, text } = await ask();
    expect(code).to.equal(0);
    expect(text).to.match(/^vm +synthetic +throughput +0\.769 +0\.7\d\d to 0\.7\d\d +3 \/ 3 +slower$/m);
  });

  it("ends with 1 when something is surely slower than is accepted, and names it", async () => {
    const { code, errors } = await ask({ slowerThan: "1.10" });
    expect(code).to.equal(1);
    expect(errors).to.equal("vm, synthetic, throughput is surely more than 1.100 times slower than before.\n");
    expect(await ask({ slowerThan: "1.40" })).to.include({ code: 0, errors: "" });
  });

  it("prints JSON", async () => {
    const parsed = JSON.parse((await ask({ json: true, slowerThan: "1.1" })).text) as { changes: []; slower: [] };
    expect(parsed).to.have.keys("changes", "differences", "slower");
    expect([parsed.changes.length, parsed.slower.length]).to.deep.equal([2, 1]);
  });

  it("writes JUnit's XML, in which what is slower than is accepted fails", async () => {
    const junit = path.join(folder, "junit.xml");
    expect((await ask({ junit, slowerThan: "1.10" })).code).to.equal(1);
    const failing = readFileSync(junit, "utf8");
    expect(markupErrors(failing.split("\n").slice(1).join("\n"))).to.deep.equal([]);
    expect(failing).to.include('tests="2" failures="1" skipped="0"');
    expect(failing).to.match(/<testcase classname="vm" name="synthetic, throughput"><failure message="vm, synthetic/);
    expect(failing).to.match(
      /after ÷ before: 0\.769; 95 % interval: 0\.7\d\d to 0\.7\d\d; launches: 3 \/ 3; verdict: slower/,
    );
    await ask({ junit });
    expect(readFileSync(junit, "utf8")).to.include('tests="2" failures="0" skipped="0"');
  });

  it("says what is wrong with what was typed", async () => {
    expect((await rejectionOf(ask({ slowerThan: "0.9" }))).message).to.include("Give a number from 1 on");
    expect((await rejectionOf(ask({}, "gone.jsonl"))).message).to.include("There is no record");
    expect((await rejectionOf(ask({}, "."))).message).to.include("There are no results in");
  });
});
