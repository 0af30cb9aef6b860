import type { PriceBook } from "../catalogue/prices/schema.ts";
import type { ServingPublished } from "../catalogue/published/serving-schema.ts";
import type { Distribution } from "../measure/results.ts";
import { againstPublishedServing, type ClaimEvidence } from "../measure/serving-published.ts";
import { costIn, distributionIn, factsOf, type MeasuredSize, requestsOf } from "../measure/tuning.ts";
import { csvText } from "./csv.ts";
import { figure } from "./html/figures.ts";
import { htmlPage } from "./html/page.ts";
import { type Markup, markup, trusted } from "./markup.ts";
import { dash, numberText } from "./number-text.ts";
import { type SizeCurve, sizePlot } from "./plots/size-plot.ts";
import { pageTheme } from "./plots/theme.ts";
import { meanPoint, meanText, percentileText } from "./tuning.ts";

/** One measured cell of a study of serving. */
export interface ServingCell extends MeasuredSize {
  /** Name of the cell, which is also its folder. */
  readonly id: string;
}

const series = ["warm", "cold", "scale"] as const;
type SeriesName = (typeof series)[number];

const titles: Readonly<Record<SeriesName, string>> = {
  warm: "Warm requests",
  cold: "Cold requests",
  scale: "Under rising load",
};

const memoryOf = ({ results }: MeasuredSize): number => factsOf(results).memoryMiB;
const modelOf = ({ results }: MeasuredSize): string => factsOf(results).model.name;

function costOf(cell: MeasuredSize, name: string, book: PriceBook): Distribution | null {
  try {
    return costIn(cell, name, book);
  } catch {
    // The book of a date has no price for sizes that did not exist then.
    return null;
  }
}

const csvHeads = [
  "cell",
  "model",
  "memoryMiB",
  "series",
  "metric",
  "unit",
  "n",
  "mean",
  "low",
  "high",
  "p50",
  "p95",
  "reason",
];

/** Every number of every cell as CSV (RFC 4180), a line for each series and metric, counts of requests included. */
export function servingCsv(cells: readonly ServingCell[], book: PriceBook): string {
  const rows = cells.flatMap((cell) =>
    series.flatMap((name) => {
      const head = [cell.id, modelOf(cell), String(memoryOf(cell)), name];
      const requests = requestsOf(cell.results, name);
      const cost = costOf(cell, name, book);
      const counts = Object.entries(requests?.counts ?? {}).map(([what, count]) => {
        return [...head, what, "requests", String(count), "", "", "", "", "", ""];
      });
      return [
        ...counts,
        ...[...(requests?.distributions ?? []), ...(cost === null ? [] : [cost])].map((found) =>
          [
            ...[...head, found.metric, found.unit, found.n, found.mean, found.interval?.low, found.interval?.high],
            ...[0.5, 0.95].map((p) => found.percentiles.find((each) => each.p === p)?.value),
            found.reason,
          ].map((value) => String(value ?? "")),
        ),
      ];
    }),
  );
  return csvText([csvHeads, ...rows]);
}

function curvesOf(cells: readonly ServingCell[], name: SeriesName): SizeCurve[] {
  const curve = (title: string, metric: string): SizeCurve => ({
    name: title,
    points: cells.flatMap((cell) => meanPoint(memoryOf(cell), distributionIn(cell.results, name, metric))),
  });
  const whole = [curve("response time", "responseTime"), curve("prediction", "prediction")];
  const parts = [curve("imports", "imports"), curve("model load", "modelLoad")];
  return [...whole, ...(name === "cold" ? parts : [])].filter(({ points }) => points.length > 0);
}

async function panels(cells: readonly ServingCell[], models: readonly string[], name: SeriesName, book: PriceBook) {
  const found: Markup[] = [];
  const panel = (title: string, svg: string): Markup =>
    markup`<div class="panel"><h3>${title}</h3>${trusted(svg)}</div>`;
  for (const model of models) {
    const own = cells.filter((cell) => modelOf(cell) === model);
    const sizes = own.map(memoryOf);
    const nothing = own.filter((cell) => distributionIn(cell.results, name, "responseTime") === null);
    const shared = { sizes, notes: new Map(nothing.map((cell) => [memoryOf(cell), "✕"])), theme: pageTheme };
    found.push(panel(model, await sizePlot({ ...shared, title: "s", curves: curvesOf(own, name) })));
    if (name === "warm") {
      const points = own.flatMap((cell) => meanPoint(memoryOf(cell), costOf(cell, name, book)));
      const title = `${book.currency} for 1000 predictions`;
      found.push(panel(`${model}, cost`, await sizePlot({ ...shared, title, curves: [{ name: "cost", points }] })));
    }
  }
  return found;
}

const heads = [
  "memory",
  "response mean, s",
  "p50",
  "p95",
  "prediction mean, s",
  "cost of 1000",
  "kept",
  "cold",
  "throttled",
  "failed",
];

function rowOf(cell: ServingCell, name: SeriesName, book: PriceBook): Markup {
  const response = distributionIn(cell.results, name, "responseTime");
  const { counts = {} } = requestsOf(cell.results, name) ?? {};
  const count = (what: string): string => String(counts[what] ?? 0);
  const failures = Object.keys(counts).filter((what) => what.startsWith("failed:"));
  const why = failures.length === 0 ? "" : ` (${failures.map((what) => what.slice("failed:".length)).join(", ")})`;
  const fields = [
    ...[meanText(response), percentileText(response, 0.5), percentileText(response, 0.95)],
    ...[meanText(distributionIn(cell.results, name, "prediction")), meanText(costOf(cell, name, book))],
    ...[count("kept"), count("coldStarts"), count("throttled"), `${count("failed")}${why}`],
  ];
  return markup`<tr><th scope="row">${memoryOf(cell)}</th>${fields.map((field) => markup`<td class="number">${field}</td>`)}</tr>
`;
}

function table(cells: readonly ServingCell[], models: readonly string[], name: SeriesName, book: PriceBook): Markup {
  const bodies = models.map(
    (model) => markup`<tbody><tr class="group"><th colspan="${heads.length}" scope="rowgroup">${model}</th></tr>
${cells.filter((cell) => modelOf(cell) === model).map((cell) => rowOf(cell, name, book))}</tbody>
`,
  );
  return markup`<div class="scroll"><table><thead><tr>${heads.map((head) => markup`<th scope="col" class="number">${head}</th>`)}</tr></thead>
${bodies}</table></div>
`;
}

const words: Readonly<Record<ClaimEvidence["agreement"], string>> = {
  agrees: "agrees",
  disagrees: "disagrees",
  "cannot tell": "cannot tell",
  "beside it": "stands beside it",
};

function claimText({ claim }: ClaimEvidence): string {
  return "megabytes" in claim ? `${claim.kind}: ${claim.megabytes} MB` : claim.kind;
}

function publishedTable(evidence: readonly ClaimEvidence[]): Markup {
  const rows = evidence.map(
    (each) => markup`<tr><td>“${each.statement.quote}” (${each.statement.section})</td><td>${claimText(each)}</td>
<td>${each.model ?? dash}</td><td>${each.found}</td><td>${words[each.agreement]}</td></tr>
`,
  );
  const titlesOf = ["published", "claim", "model", "measured", "verdict"].map(
    (head) => markup`<th scope="col">${head}</th>`,
  );
  return markup`<div class="scroll"><table><thead><tr>${titlesOf}</tr></thead><tbody>${rows}</tbody></table></div>
`;
}

function priceTable(book: PriceBook): Markup | null {
  const { duration, billingUnitMs } = book.function;
  if (duration.by !== "memory") return null;
  const rows = Object.entries(duration.perUnit).map(
    ([memory, price]) =>
      markup`<tr><th scope="row">${memory}</th><td class="number">${numberText(price, 4)}</td></tr>
`,
  );
  const source = book.sources[0]?.source ?? "";
  return markup`<section aria-labelledby="prices"><h2 id="prices">Prices</h2>
<p>${book.name}: ${book.currency} for ${billingUnitMs} ms, by memory in MB. ${source}.</p>
<table><thead><tr><th scope="col">memory</th><th scope="col" class="number">price</th></tr></thead><tbody>${rows}</tbody></table></section>
`;
}

/**
 * The report of a study of serving as one HTML page that fetches nothing: for each pattern of requests a picture and a
 * table of every model over its sizes of memory, what the publication's text says against what was measured, and prices.
 *
 * @param published what the publication says
 * @param cells the measured ones, at least one
 * @param book what the provider charged then
 */
export async function servingStudyReport(
  published: ServingPublished,
  cells: readonly ServingCell[],
  book: PriceBook,
): Promise<string> {
  const sorted = [...cells].sort((a, b) => memoryOf(a) - memoryOf(b));
  const models = [...new Set(cells.map(modelOf))];
  const sections: Markup[] = [];
  for (const [index, name] of series.entries()) {
    const caption = markup`<b>${titles[name]}.</b> Means over memory in MiB, with 95&nbsp;% intervals; ✕ where no request was
answered. Costs are those of ${book.name}.`;
    const pictures = markup`<div class="panels">${await panels(sorted, models, name, book)}</div>`;
    sections.push(markup`<section aria-labelledby="${name}"><h2 id="${name}">${titles[name]}</h2>
${figure(index + 1, pictures, caption)}${table(sorted, models, name, book)}</section>
`);
  }
  const random = cells.some(({ results }) => factsOf(results).model.weights === "random");
  const targets = [...new Set(cells.map(({ results }) => factsOf(results).target))].join(", ");
  const profiles = [...new Set(cells.map(({ results }) => results.profile))].join(", ");
  const title = `Study ${published.id}`;
  const body = markup`<header><h1>${title}</h1>
<p class="meta">target ${targets} · profile ${profiles} · ${cells.length} cells</p>
${random ? markup`<div class="note" role="note"><p>Weights are random: sizes and times are the models’ own, predictions mean nothing.</p></div>` : null}</header>
<main>${sections}<section aria-labelledby="published"><h2 id="published">Against ${published.name}</h2>
<p>${published.reading}</p>${publishedTable(againstPublishedServing(published, cells, book))}</section>
${priceTable(book)}<section aria-labelledby="cells"><h2 id="cells">Cells</h2>
<ul>${cells.map(({ id, results }) => markup`<li>${id}: run ${results.runId}, ${results.status}, record SHA-256 ${results.record.sha256}</li>`)}</ul></section></main>`;
  return htmlPage(title, body, "underlay");
}
