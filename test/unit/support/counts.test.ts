import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { countJunit, countMocha, countOne, sum } from "../../support/counts.mjs";

describe("counts", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "counts-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Writes a file and returns its path. */
  function file(text: string): string {
    const name = path.join(folder, "report");
    writeFileSync(name, text);
    return name;
  }

  const passed = '{"state":"passed","title":"a b","reason":""}\n';
  const failed = '{"state":"failed","title":"a c","reason":"expected 1"}\n';
  const skipped = '{"state":"skipped","title":"a d","reason":"no guest kernel"}\n';
  const end = '{"state":"end"}\n';

  it("count each test of a mocha run", () => {
    expect(countMocha(file(passed + failed + skipped + end), "mocha", "ended with code 1")).to.deep.equal({
      passed: 1,
      failed: [{ title: "a c", reason: "expected 1" }],
      skipped: [{ title: "a d", reason: "no guest kernel" }],
    });
  });

  it("count a mocha run that was killed half-way as failed, and keep its tests", () => {
    const counts = countMocha(file(passed), "mocha", "was ended by SIGKILL");
    expect(counts.passed).to.equal(1);
    expect(counts.failed).to.deep.equal([{ title: "mocha", reason: "was ended by SIGKILL" }]);
  });

  it("count a mocha run that exits badly without a failed test as failed", () => {
    expect(countMocha(file(passed + end), "mocha", "ended with code 7").failed).to.have.lengthOf(1);
  });

  it("count a mocha run without tests as failed", () => {
    expect(countMocha(file(end), "mocha", null).failed).to.deep.equal([{ title: "mocha", reason: "ran no test" }]);
  });

  it("count a mocha run that never started as failed", () => {
    expect(countMocha(path.join(folder, "absent"), "mocha", "ended with code 1").failed).to.have.lengthOf(1);
  });

  it("count each test of a JUnit file", () => {
    const text = `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" tests="3">
      <testcase classname="t.a" name="one" time="0.1" />
      <testcase classname="t.a" name="two[a&lt;b]" time="0.1"><failure message="assert 1 == &quot;2&quot;">long</failure></testcase>
      <testcase classname="t.b" name="three" time="0.0"><skipped type="pytest.skip" message="no GPU">x</skipped></testcase>
      </testsuite></testsuites>`;
    expect(countJunit(file(text), "pytest", "ended with code 1")).to.deep.equal({
      passed: 1,
      failed: [{ title: "t.a two[a<b]", reason: 'assert 1 == "2"' }],
      skipped: [{ title: "t.b three", reason: "no GPU" }],
    });
  });

  it("count a JUnit file that was never written as failed", () => {
    expect(countJunit(path.join(folder, "absent"), "pytest", "ended with code 4").failed).to.deep.equal([
      { title: "pytest", reason: "ended with code 4" },
    ]);
  });

  it("add up", () => {
    const total = sum([countOne("eslint", null), countOne("knip", "ended with code 1")]);
    expect(total).to.deep.equal({ passed: 1, failed: [{ title: "knip", reason: "ended with code 1" }], skipped: [] });
  });
});
