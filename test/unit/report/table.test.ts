import { expect } from "chai";
import { resultsTable } from "../../../report/table.ts";
import { reportInput } from "../../fixtures/report/results.ts";

// eslint-disable-next-line no-control-regex -- control codes are what is looked for
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

describe("resultsTable", () => {
  const { results } = reportInput();

  for (const width of [100, 80]) {
    it(`stays within ${width} columns`, () => {
      for (const input of [results, reportInput({ failing: "vm" }).results, reportInput({ shared: true }).results]) {
        const lines = resultsTable(input, { width }).split("\n");
        expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(width);
      }
    });
  }

  it("has a line with median, ratio, interval and verdict for every environment", () => {
    const [{ ratio, interval, verdict } = results.comparisons[0]!] = results.comparisons;
    const bounds = `${interval!.low.toFixed(3)} to ${interval!.high.toFixed(3)}`;
    const line = resultsTable(results)
      .split("\n")
      .find((each) => each.startsWith("vm (user-mode-linux)"))!;
    expect(line.split(/ {2,}/).slice(2)).to.deep.equal([ratio!.toFixed(3), bounds, verdict]);
  });

  it("says what was lost beside another training, and why", () => {
    const text = resultsTable(reportInput({ shared: true }).results);
    const block = text.slice(text.indexOf("Interference, synthetic: median in images/s, ratio to synthetic-alone"));
    expect(block)
      .to.match(/^bare-metal .* slower$/m)
      .and.match(/^— bare-metal: waiting for a CPU$/m);
    expect(block).to.not.match(/^— vm/m);
  });

  it("aligns its columns", () => {
    const lines = resultsTable(results).split("\n");
    const at = lines.findIndex((line) => line.startsWith("environment"));
    const column = lines[at]!.indexOf("verdict");
    for (const line of lines.slice(at + 1, at + 5)) expect(line[column - 1]).to.equal(" ");
    for (const line of lines.slice(at + 1, at + 5)) expect(line[column]).to.match(/[a-z]/);
  });

  it("breaks labels when it is narrow", () => {
    const lines = resultsTable(results, { width: 80 }).split("\n");
    expect(lines[lines.findIndex((line) => line.startsWith("vm ")) + 1]).to.equal("  (user-mode-linux)");
  });

  it("writes no control codes unless it is asked for colours", () => {
    expect(resultsTable(results)).to.not.match(controls);
    expect(resultsTable(results, { colours: true })).to.include("\u001b[31mslower");
  });

  it("keeps the codes of a message from the terminal", () => {
    const failing = structuredClone(results);
    failing.failures.push({ environment: "vm", code: "x", message: "\u001b[2Jgone\u0007\nline" });
    failing.environments[1]!.facts.virtualisation = "\u001b]0;title\u0007";
    expect(resultsTable(failing)).to.not.match(controls);
  });

  it("says why a number is missing", () => {
    const text = resultsTable(reportInput({ failing: "vm" }).results);
    expect(text).to.match(/^vm \(user-mode-linux\).* — +cannot tell$/m);
    expect(text).to.match(/^— vm \(user-mode-linux\): 1 pair.*an interval needs at least 3/m);
  });

  it("gives a baseline that was not measured no ratio", () => {
    const changed = structuredClone(results);
    const { throughput } = changed.environments[0]!.series[0]!;
    Object.assign(throughput, {
      n: 0,
      median: null,
      mean: null,
      standardDeviation: null,
      interval: null,
      reason: "none",
    });
    expect(resultsTable(changed)).to.match(/^bare-metal +— +— +baseline$/m);
  });
});
