import { valueText } from "../facts-table.ts";
import type { Results } from "../../measure/results.ts";
import { markup } from "../markup.ts";
import type { Content, Markup } from "../markup.ts";
import { durationText, momentText } from "../number-text.ts";
import { reproduceCommands } from "../reproduce.ts";
import { baselineFirst, durationOf, intervalMethods, labelOfName, runOf } from "../run.ts";
import type { ReportInput } from "../run.ts";
import { driftText, profileNote } from "../verdict.ts";

/** How the numbers came about: schedule, what was compared with what, intervals, profile. */
export function methodSection(input: ReportInput): Markup {
  const { results } = input;
  const { schedule } = runOf(input);
  const series = schedule.series.map(
    ({ name, blocksPerRound, steps }) =>
      markup`<b>${name}</b> with ${counted(blocksPerRound, "block")} of ${counted(steps, "step")} per round`,
  );
  const note = profileNote(results.profile);
  return markup`<section aria-labelledby="method"><h2 id="method">Method</h2>
<p>One session per environment was launched in each of ${counted(schedule.rounds, "round")}. Blocks were played one after
the other over the open sessions, in a random order with the seed <b>${schedule.seed}</b>: for every series and block
index all environments play that block next to each other in time, in a fresh order. Series: ${separated(series)}.</p>
<p>Throughput is items per second over the timed steps of a block. It is compared by pairs of blocks of the same round,
series and index; time from launch to end (launch, the series’ blocks and stop) by pairs of rounds. A ratio is the
geometric mean of its pairs. ${intervalsText(results)} A difference counts as credible when the interval leaves out 1.</p>
<p>All environments ran the same root file system under equal limits of CPUs and memory, which the table of facts
shows.</p>
${note === null ? markup`<p>Profile: ${results.profile}.</p>` : markup`<p>${note}</p>`}
</section>
`;
}

function intervalsText(results: Results): Markup {
  const texts = (["throughput", "elapsed"] as const).map((metric) => {
    const methods = intervalMethods(results, metric);
    return `${metric === "throughput" ? "of throughput" : "of elapsed time"}: ${methods.length === 0 ? "none could be made" : methods.join("; ")}`;
  });
  return markup`Its 95&nbsp;% intervals are, ${texts.join("; ")}.`;
}

/** Whether the baseline held still, and what failed. */
export function steadinessSection(input: ReportInput): Markup {
  const { results, lines } = input;
  const drift = results.drift.map(
    (each) => markup`<li>${driftText(each)}</li>
`,
  );
  const failures = lines.flatMap((line) => (line.type === "failure" ? [line] : []));
  const items = failures.map(
    ({
      environment,
      round,
      code,
      message,
      log,
    }) => markup`<li><b>${labelOfName(results, environment)}</b>, round ${round + 1},
<code>${code}</code>: ${message}${
      log.length === 0
        ? null
        : markup`<details><summary>last lines of its log</summary><pre class="log">${log.join("\n")}</pre></details>`
    }</li>
`,
  );
  const none = results.failures.length === 0;
  return markup`<section aria-labelledby="steadiness"><h2 id="steadiness">Drift and failures</h2>
${drift.length === 0 ? markup`<p>The baseline was not measured, so drift cannot be told.</p>` : markup`<p>Whether the baseline (${labelOfName(results, results.baseline)}) held still:</p><ul>${drift}</ul>`}
${none ? markup`<p>No session failed.</p>` : markup`<p>Sessions that failed:</p><ul>${items.length === 0 ? fromResults(input) : items}</ul>`}
</section>
`;
}

function fromResults({ results }: ReportInput): Content {
  return results.failures.map(
    ({ environment, code, message }) =>
      markup`<li><b>${labelOfName(results, environment)}</b>, <code>${code}</code>: ${message}</li>`,
  );
}

/** What it takes to run the same again and to check the record. */
export function reproduceSection(input: ReportInput): Markup {
  const { results } = input;
  const run = runOf(input);
  const entries: [string, Content][] = [
    ["underlay", run.underlay],
    ["run", run.runId],
    ["started", momentText(run.at)],
    ["took", durationText(durationOf(input.lines))],
    ["workload", run.workload],
    ...Object.entries(run.options).map(([name, value]): [string, Content] => [name, valueText(value)]),
    ["seed", run.schedule.seed],
    ["program, SHA-256", code(run.programDigest)],
    ["root file system", [...new Set(baselineFirst(results).map(({ facts }) => facts.rootDigest))].map(code)],
    ["record", code(results.record.path)],
    ["record, SHA-256", code(results.record.sha256)],
  ];
  return markup`<section aria-labelledby="reproduce"><h2 id="reproduce">How to reproduce</h2>
<p>With underlay ${run.underlay} on a machine of its own: run the same again, make this page from the record anew, and check
that the record is the one behind these numbers.</p>
<pre><code>${reproduceCommands(run, results).join("\n")}</code></pre>
<dl>${entries.map(
    ([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>
`,
  )}</dl></section>
`;
}

function code(text: string): Markup {
  return markup`<code>${text}</code>`;
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function separated(items: readonly Markup[]): Content[] {
  return items.flatMap((item, index) => (index === 0 ? [item] : ["; ", item]));
}
