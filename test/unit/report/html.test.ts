import { expect } from "chai";
import { UnderlayError } from "../../../measure/error.ts";
import type { Results } from "../../../measure/results.ts";
import { htmlReport } from "../../../report/html.ts";
import type { ReportInput } from "../../../report/run.ts";
import { reportInput } from "../../fixtures/report/results.ts";
import { resolved } from "./svg.ts";
import { markupErrors } from "./well-formed.ts";

/** The text that a reader sees, without tags and pictures. */
function textOf(html: string): string {
  const body = html.replace(/^[^]*<body>/, "").replace(/<svg[^]*?<\/svg>/g, "");
  return resolved(body.replace(/<[^>]*>/g, " ")).replace(/[\s\u00a0]+/g, " ");
}

function changed(input: ReportInput, change: (results: Results) => void): ReportInput {
  const results = structuredClone(input.results);
  change(results);
  return { ...input, results };
}

describe("htmlReport", () => {
  let input: ReportInput;
  let html: string;
  before(async () => {
    input = reportInput();
    html = await htmlReport(input);
  });

  it("is well-formed", () => expect(markupErrors(html)).to.deep.equal([]));

  it("is the same for the same input", async () => expect(await htmlReport(reportInput())).to.equal(html));

  it("asks for nothing from outside and runs no script", () => {
    expect(html).to.not.match(/<(script|link|img|iframe|object|embed|base|form|a|image|use)\b/i);
    expect(html).to.not.match(/\b(src|srcset|href|action|xlink:href)\s*=/i);
    expect(html).to.not.match(/@import|url\(/i);
    const addresses = [...html.matchAll(/\w+:\/\/[^"' <]+/g)].map(([address]) => address);
    expect(new Set(addresses)).to.deep.equal(
      new Set(["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"].filter((each) => html.includes(each))),
    );
    expect(html).to.include(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it("says each verdict in the row of its environment", () => {
    const rows = [...html.matchAll(/<tr><th scope="row">(.*?)<\/th>(.*?)<\/tr>/gs)];
    for (const { environment, verdict, facts, ratio } of input.results.comparisons.map((comparison) => ({
      ...comparison,
      facts: input.results.environments.find((each) => each.environment === comparison.environment)!.facts,
    }))) {
      const label = facts.virtualisation === "none" ? environment : `${environment} (${facts.virtualisation})`;
      const found = rows.filter(([, head, cells = ""]) => head === label && cells.includes(ratio!.toFixed(3)));
      expect(
        found.some(([row]) => row.includes(`>${verdict}<`)),
        `${label}: ${verdict}`,
      ).to.be.true;
    }
  });

  it("tells the verdict in words, by environment", () => {
    const text = textOf(html);
    expect(text).to.include("Compared with bare-metal, throughput was lower in vm (user-mode-linux)");
    const vm = input.results.comparisons.find(
      ({ environment, metric, series }) => environment === "vm" && metric === "throughput" && series === "synthetic",
    )!;
    expect(text).to.include(`throughput ${(100 * (1 - vm.ratio!)).toFixed(1)} % lower with synthetic`);
  });

  it("gives every picture a role and a description", () => {
    const pictures = [...html.matchAll(/<svg[^>]*class="plot"[^>]*>/g)].map(([tag]) => tag);
    expect(pictures).to.have.length(4 + 4 + 2);
    for (const picture of pictures) expect(picture).to.match(/role="img" aria-label="[^"]{40,}"/);
    expect(html.match(/<figure/g)).to.have.length(4);
    expect(html.match(/<figcaption>/g)).to.have.length(4);
  });

  it("scopes every head of a table", () => expect(html).to.not.match(/<th(?![^>]*scope=)[ >]/));

  it("names units in the heads of tables and on axes", () => {
    expect(textOf(html)).to.match(/median, ?\s*images\/s/);
    expect(textOf(html)).to.include("median, s");
    expect(html).to.match(/>images\/s<\/text>/);
  });

  it("marks facts that differ from the baseline's, and only these", () => {
    const row = (name: string): string => new RegExp(`<tr><th scope="row">${name}</th>(.*?)</tr>`, "s").exec(html)![1]!;
    expect(row("kernel release").match(/<mark>6\.1\.0-uml<\/mark>/g)).to.have.length(2);
    expect(row("operating system")).to.not.include("<mark>");
    expect(row("root file system digest")).to.include(`title="sha256:${"0123abcd".repeat(8)}"`);
  });

  it("says how to reproduce: seed, versions, record and its digest", () => {
    const text = textOf(html);
    expect(text).to.include("npm start -- --profile quick --model resnet50");
    expect(text).to.include("--config seed=7 --config rounds=3 --config blocks=4 --config steps=4");
    expect(text).to.include("sha256sum out/records/k3v9q2.jsonl");
    expect(text).to.include("ab12".repeat(16));
    expect(text).to.include("underlay 0.1.0");
  });

  it("tells the schedule: seed, rounds, blocks and steps", () => {
    const text = textOf(html);
    expect(text).to.include("launched in each of 3 rounds");
    expect(text).to.include("with the seed 7 :");
    expect(text).to.include("synthetic with 4 blocks of 4 steps per round");
  });

  it("names the methods of the intervals as the results do", () => {
    for (const { interval } of input.results.comparisons) expect(textOf(html)).to.include(interval!.method);
  });

  it("says on top that the quick profile is not the paper's, and only then", async () => {
    const caution = "It is not the paper’s measurement";
    expect(textOf(html)).to.include(caution);
    expect(textOf(await htmlReport(reportInput({ profile: "paper" })))).to.not.include(caution);
  });

  it("escapes whatever names and messages hold", async () => {
    const nasty = `<script>alert("x")</script>'&\u0007`;
    const lines = structuredClone(input.lines).map((line) => {
      if (line.type === "block") return { ...line, series: nasty, unit: nasty };
      if (line.type === "launch") return { ...line, parts: { [nasty]: 1 }, facts: { [nasty]: nasty } };
      return line.type === "run" ? { ...line, workload: nasty, underlay: nasty, profile: nasty } : line;
    });
    const results = structuredClone(input.results);
    results.workload = nasty;
    results.options = { model: nasty, [nasty]: nasty };
    results.failures = [{ environment: "vm", code: nasty, message: nasty }];
    results.record.path = nasty;
    for (const { facts, series } of results.environments) {
      Object.assign(facts, { kernelRelease: nasty, virtualisation: nasty, cpuModel: nasty, containerRuntime: nasty });
      for (const each of series)
        Object.assign(each, { series: nasty, throughput: { ...each.throughput, unit: nasty, reason: nasty } });
    }
    for (const each of [...results.comparisons, ...results.drift])
      Object.assign(each, { series: nasty, ratio: null, interval: null, reason: nasty });
    const page = await htmlReport({ lines, results });
    expect(page).to.not.include("<script");
    expect(page).to.not.include("\u0007");
    expect(page).to.include("&lt;script&gt;");
    expect(markupErrors(page)).to.deep.equal([]);
  });

  it("shows a missing number as a dash with its reason, never as 0", async () => {
    const reason = "the clock of vm cannot be trusted";
    const page = await htmlReport(
      changed(input, ({ environments, comparisons }) => {
        const summary = environments.find(({ environment }) => environment === "vm")!.series[0]!.throughput;
        Object.assign(summary, { n: 0, median: null, mean: null, standardDeviation: null, interval: null, reason });
        const comparison = comparisons.find(({ environment }) => environment === "vm")!;
        Object.assign(comparison, { ratio: null, interval: null, verdict: "cannot tell", reason });
      }),
    );
    const row = /<tr><th scope="row">vm \(user-mode-linux\)<\/th>.*?<\/tr>/s.exec(page)![0];
    const numbers = [...row.matchAll(/<td class="number">(.*?)<\/td>/g)].map(([, cell = ""]) =>
      cell.replace(/<[^>]*>/g, ""),
    );
    expect(numbers).to.deep.equal(["—", "—", "—", "0", "—", "—"]);
    expect(row).to.include("cannot tell");
    expect(textOf(page)).to.include(`— vm (user-mode-linux): ${reason}`);
    expect(textOf(page)).to.include(`throughput not comparable with synthetic (${reason})`);
  });

  it("says on top that a run is partial and what failed", async () => {
    const page = await htmlReport(reportInput({ failing: "vm" }));
    const top = textOf(page.slice(0, page.indexOf("<main>")));
    expect(top).to.include("This run is partial");
    expect(top).to.include("vm (user-mode-linux) failed (session-ended): The session ended with signal SIGKILL");
    expect(textOf(page)).to.include("loading <resnet50> out of memory");
    expect(markupErrors(page)).to.deep.equal([]);
  });

  it("says on top that a run was cancelled", async () => {
    const page = await htmlReport(reportInput({ cancelled: true }));
    expect(textOf(page.slice(0, page.indexOf("<main>")))).to.include("This run was cancelled before its end");
  });

  it("reports drift on top", async () => {
    const page = await htmlReport(changed(input, ({ drift }) => (drift[0]!.verdict = "drifted")));
    expect(textOf(page.slice(0, page.indexOf("<main>")))).to.include(
      "The machine drifted while synthetic was measured",
    );
  });

  it("reports a run that measured nothing", async () => {
    const lines = input.lines.filter(({ type }) => type === "run" || type === "environment");
    const { resultsFrom } = await import("../../fixtures/report/results.ts");
    const page = await htmlReport({ lines, results: resultsFrom(lines) });
    expect(markupErrors(page)).to.deep.equal([]);
    expect(textOf(page)).to.include("no block was measured");
    expect(page).to.not.match(/NaN|Infinity|undefined/);
  });

  it("reports a single environment", async () => {
    const page = await htmlReport(reportInput({ environments: ["bare-metal"] }));
    expect(textOf(page)).to.include("Only bare-metal was measured: there is nothing to compare it with.");
    expect(page).to.not.match(/NaN|Infinity|undefined/);
  });

  it("tells what was lost beside another training and why, where there was one", async () => {
    expect(html).to.not.include('id="interference"');
    const shared = reportInput({ shared: true });
    const page = await htmlReport(shared);
    expect(markupErrors(page)).to.deep.equal([]);
    const section = page.slice(page.indexOf('id="interference"'), page.indexOf('id="facts"'));
    expect(section.match(/<svg/g)).to.have.length(1);
    expect(section).to.include('<figure id="figure-5">');
    const rows = [...section.matchAll(/<tr><th scope="row">(.*?)<\/th>(.*?)<\/tr>/gs)];
    expect(rows).to.have.length(4);
    const [, , bare = ""] = rows.find(([, head]) => head === "bare-metal")!;
    expect(bare).to.include(shared.results.interference![0]!.ratio!.toFixed(3)).and.include("waiting for a CPU");
    const [, , guest = ""] = rows.find(([, head]) => head === "vm (user-mode-linux)")!;
    expect(guest).to.include("<td>—</td>");
    expect(textOf(section)).to.include("Extra seconds per item 0.3").and.include("cpuPressureFraction: 0.500, 0");
  });

  it("reports six environments with signs of their own", async () => {
    const names = ["bare-metal", "vm", "container-on-bare-metal", "container-on-vm", "serverless", "hpc"] as const;
    const page = await htmlReport(reportInput({ environments: names }));
    for (const name of names) expect(page).to.include(`fill="var(--${name})"`);
  });

  it("refuses a record of another run", async () => {
    const thrown = await htmlReport(changed(input, (results) => (results.runId = "other"))).catch(
      (error: unknown) => error,
    );
    expect(thrown).to.be.instanceOf(UnderlayError).with.property("code", "record-mismatch");
  });

  it("refuses a record without its first line", async () => {
    const thrown = await htmlReport({ ...input, lines: input.lines.slice(1) }).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(UnderlayError).with.property("code", "record-without-run");
  });
});
