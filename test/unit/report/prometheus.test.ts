import { expect } from "chai";
import { resultsToPrometheus } from "../../../report/prometheus.ts";
import { reportInput } from "../../fixtures/report/results.ts";

const { results } = reportInput();
/** One line of the text format 0.0.4: name, labels, number. */
const sampleLine =
  /^([a-zA-Z_:][\w:]*)\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;

function valueOf(text: string, name: string, ...labels: string[]): number[] {
  return text.split("\n").flatMap((line) => {
    const match = sampleLine.exec(line);
    return match?.[1] === name && labels.every((label) => match[2]!.includes(label)) ? [Number(match[3])] : [];
  });
}

describe("resultsToPrometheus", () => {
  const text = resultsToPrometheus(results);

  it("writes lines of the text format only, and a line break at the end", () => {
    expect(text.endsWith("\n")).to.be.true;
    for (const line of text.trimEnd().split("\n")) {
      if (line.startsWith("#")) expect(line).to.match(/^# (HELP [a-z_]+ .+|TYPE [a-z_]+ gauge)$/);
      else expect(line).to.match(sampleLine);
    }
  });

  it("writes each metric once, with its help and type before its values", () => {
    const names = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name!);
    expect(new Set(names).size).to.equal(names.length);
    let current = "";
    for (const line of text.trimEnd().split("\n")) {
      if (line.startsWith("# HELP")) current = line.split(" ")[2]!;
      expect(line.startsWith("#") ? line.split(" ")[2] : line.split("{")[0]).to.equal(current);
    }
  });

  it("writes no series of labels twice", () => {
    const series = text
      .split("\n")
      .flatMap((line) => (line.startsWith("#") || line === "" ? [] : [line.replace(/ \S+$/, "")]));
    expect(new Set(series).size).to.equal(series.length);
  });

  it("carries medians, ratios, bounds and verdicts", () => {
    const vm = results.environments.find(({ environment }) => environment === "vm")!.series[0]!.throughput;
    const throughput = "underlay_throughput_items_per_second";
    expect(valueOf(text, throughput, 'environment="vm"', 'series="synthetic"', 'statistic="median"')).to.deep.equal([
      vm.median,
    ]);
    const { ratio, interval, verdict } = results.comparisons[0]!;
    const labels = ['environment="vm"', 'series="synthetic"', 'metric="throughput"'];
    expect(valueOf(text, "underlay_ratio", ...labels)).to.deep.equal([ratio]);
    expect(valueOf(text, "underlay_ratio_interval", ...labels, 'bound="low"')).to.deep.equal([interval!.low]);
    expect(valueOf(text, "underlay_verdict", ...labels, `verdict="${verdict}"`)).to.deep.equal([1]);
    expect(valueOf(text, "underlay_verdict", ...labels)).to.have.members([1, 0, 0, 0]);
  });

  it("carries requests with their percentiles, and environments that cannot be had", () => {
    const changed = structuredClone(results);
    const interval = { low: 0.4, high: 0.6, level: 0.95 as const, method: "order statistics" };
    changed.environments[0]!.series[0]!.requests = {
      counts: { sent: 100, failed: 2 },
      distributions: [
        {
          ...{
            metric: "responseTime",
            unit: "s",
            n: 98,
            median: 0.2,
            mean: 0.3,
            standardDeviation: 0.1,
            interval: null,
          },
          reason: null,
          percentiles: [
            { p: 0.95, value: 0.5, interval, reason: null },
            { p: 0.99, value: null, interval: null, reason: "98 values cannot carry it" },
          ],
        },
      ],
    };
    changed.skipped.push({ environment: "vm", reason: "no guest kernel" });
    const written = resultsToPrometheus(changed);
    expect(valueOf(written, "underlay_requests", 'outcome="failed"')).to.deep.equal([2]);
    expect(valueOf(written, "underlay_request_mean", 'metric="responseTime"', 'unit="s"')).to.deep.equal([0.3]);
    expect(valueOf(written, "underlay_request_percentile")).to.deep.equal([0.5]);
    expect(valueOf(written, "underlay_request_percentile_interval", 'p="0.95"')).to.deep.equal([0.4, 0.6]);
    expect(valueOf(written, "underlay_missing", 'of="percentile 0.99"', "98 values")).to.deep.equal([1]);
    expect(valueOf(written, "underlay_skipped", 'reason="no guest kernel"').at(-1)).to.equal(1);
  });

  it("leaves a missing number out and says why", () => {
    const changed = structuredClone(results);
    Object.assign(changed.comparisons[0]!, {
      ratio: null,
      interval: null,
      verdict: "cannot tell",
      reason: 'a "bad"\nclock \\',
    });
    const partial = resultsToPrometheus(changed);
    const labels = ['environment="vm"', 'series="synthetic"', 'metric="throughput"'];
    expect(valueOf(partial, "underlay_ratio", ...labels)).to.deep.equal([]);
    expect(
      valueOf(partial, "underlay_missing", 'of="ratio"', ...labels, 'reason="a \\"bad\\"\\nclock \\\\"'),
    ).to.deep.equal([1]);
    for (const line of partial.trimEnd().split("\n")) if (!line.startsWith("#")) expect(line).to.match(sampleLine);
  });

  it("carries what was lost beside another training, by cause", () => {
    const shared = reportInput({ shared: true }).results;
    const told = resultsToPrometheus(shared);
    const [{ ratio, parts } = shared.interference![0]!] = shared.interference!;
    const labels = ['environment="bare-metal"', 'series="synthetic"', 'alone="synthetic-alone"'];
    expect(valueOf(told, "underlay_interference_ratio", ...labels)).to.deep.equal([ratio]);
    const seconds = valueOf(told, "underlay_interference_seconds_per_item", ...labels, 'cause="waiting for a CPU"');
    expect(seconds).to.deep.equal([parts[1]!.secondsPerItem]);
    for (const line of told.trimEnd().split("\n")) if (!line.startsWith("#")) expect(line).to.match(sampleLine);
    expect(text).to.not.include("interference");
  });

  it("counts failures, also where there are none", () => {
    const partial = resultsToPrometheus(reportInput({ failing: "vm" }).results);
    expect(valueOf(partial, "underlay_failures", 'environment="vm"')).to.deep.equal([1]);
    expect(valueOf(partial, "underlay_failures", 'environment="bare-metal"')).to.deep.equal([0]);
  });
});
