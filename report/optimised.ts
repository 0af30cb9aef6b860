import type { OptimisationPublished } from "../catalogue/published/optimisation-schema.ts";
import { type MeasuredTrial, measuredTrials, type OptimisedOutcome } from "../measure/optimised.ts";
import { columnLines } from "./columns.ts";
import { htmlPage } from "./html/page.ts";
import { markup } from "./markup.ts";
import { changeText, dash, intervalText, numberText, ratioText } from "./number-text.ts";

const heads = [
  "training",
  "image",
  "compilers",
  "s per epoch",
  "95 % interval",
  "n",
  "speed-up",
  "verdict",
  "accuracy",
];
/** Columns that stand to the right. */
const numbers: readonly number[] = [3, 5];

function meanOf(values: readonly number[]): string {
  return values.length === 0 ? dash : numberText(values.reduce((sum, one) => sum + one, 0) / values.length, 3);
}

function rowOf({ trial, image, compilers, time, speedup, verdict, accuracy }: MeasuredTrial): string[] {
  const range = time.low === null || time.high === null ? dash : `${numberText(time.low)} to ${numberText(time.high)}`;
  const ratio = speedup?.ratio ?? null;
  const interval = speedup?.interval.value ?? null;
  return [
    ...[trial, image, compilers.length === 0 ? "none" : compilers.join(" ")],
    ...[time.mean === null ? dash : numberText(time.mean), range, String(time.n)],
    ratio === null ? dash : `${ratioText(ratio)}${interval === null ? "" : ` (${intervalText(interval)})`}`,
    ...[verdict ?? "what the others are held against", meanOf(accuracy)],
  ];
}

const verdictWords = {
  faster: "faster than the plain image",
  slower: "slower than the plain image",
  "no credible difference": "no credible difference from the plain image",
  "cannot tell": "cannot be told from the plain image",
} as const;

/** What the trainings came to, in sentences: one for each that is held against the plain image. */
export function optimisedSentences(outcome: OptimisedOutcome): string[] {
  return measuredTrials(outcome).flatMap(({ trial, jobs, speedup, verdict, firstStepSec }) => {
    if (speedup === null || verdict === null) return [];
    const ratio = speedup.ratio === null ? dash : `${changeText(speedup.ratio)} in speed`;
    const few =
      jobs.length < 3 ? ` What the machine did beside ${jobs.length === 1 ? "one job" : "two jobs"} is in it.` : "";
    const why = speedup.interval.reason === null ? "" : ` (${speedup.interval.reason})`;
    return [`${trial}: ${verdictWords[verdict]}${why}, ${ratio}; its first step took ${meanOf(firstStepSec)} s.${few}`];
  });
}

/** The trainings as a table of text. */
export function optimisedText(outcome: OptimisedOutcome): string {
  const rows = [heads, ...measuredTrials(outcome).map(rowOf)];
  return [...columnLines(rows, numbers), "", ...optimisedSentences(outcome), ""].join("\n");
}

/**
 * What was chosen, trained and measured, as one HTML page that fetches nothing.
 *
 * @param outcome what the trainings came to
 * @param published what the paper says, to be read beside it
 */
export function optimisedPage(outcome: OptimisedOutcome, published: OptimisationPublished): string {
  const trials = measuredTrials(outcome);
  const rows = trials.map((trial) => {
    const [first = "", ...rest] = rowOf(trial);
    return markup`<tr><th scope="row">${first}</th>${rest.map((cell) => markup`<td>${cell}</td>`)}</tr>
`;
  });
  const images = outcome.images.map(
    ({ id, digest, builder, definitions }) =>
      markup`<li>${id}: <code>${digest}</code>, by ${builder}; <code>${definitions.apptainer}</code></li>
`,
  );
  const body = markup`<header><h1>Optimised training: ${outcome.workload} on ${outcome.target}</h1>
<p class="verdict">Chosen: ${outcome.choice} with ${outcome.compilers.join(" and ") || "no graph compiler"}.</p></header>
<main><h2>Why</h2><ul>${outcome.reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>
<h2>Time of an epoch, and speed-up against the plain image</h2>
<div class="scroll"><table><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>
<ul>${optimisedSentences(outcome).map((line) => markup`<li>${line}</li>`)}</ul>
<p>The first epoch of each job, which traces, compiles and fills caches, is left out. A speed-up above 1 is faster, below 1
slower: geometric means of epochs, with Welch’s 95&nbsp;% interval on their logarithms. Epochs of a job share its launch;
only several rounds tell what differs between launches.</p>
<h2>What ${published.name} states</h2>
<p>${published.source.title} (${published.source.published}), on other machines and versions:</p>
<ul>${published.statements.map(
    ({ quote, location }) => markup`<li>“${quote}” (${location.heading}, paragraph ${location.paragraph})</li>
`,
  )}</ul>
<h2>Images</h2><ul>${images}</ul>
<h2>Jobs</h2><ul>${outcome.trials.map(
    ({ trial, round, jobId, stored }) =>
      markup`<li>${trial}, round ${round}: job ${jobId}, record <code>${stored.path}</code>, SHA-256 <code>${stored.sha256}</code></li>
`,
  )}</ul></main>`;
  return htmlPage(`Optimised training: ${outcome.workload}`, body, "underlay");
}
