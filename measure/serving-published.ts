import type { PriceBook } from "../catalogue/prices/schema.ts";
import type { ServingClaim, ServingPublished } from "../catalogue/published/serving-schema.ts";
import type { Distribution } from "./results.ts";
import { costIn, distributionIn, factsOf, type MeasuredSize } from "./tuning.ts";

/** Whether what was measured agrees with what was published. */
export type Agreement = "agrees" | "disagrees" | "cannot tell" | "beside it";

/** A claim of a publication against what was measured of one model. */
export interface ClaimEvidence {
  readonly statement: ServingPublished["statements"][number];
  readonly claim: ServingClaim;
  /** Null for a claim on a model that was not measured. */
  readonly model: string | null;
  /** `beside it` where the publication's number depends on its own software, so that ours stands beside it. */
  readonly agreement: Agreement;
  /** What was measured, in words. */
  readonly found: string;
}

/** Improvement that the publication would hardly call considerable; it names no number. */
const considerable = 0.1;

/**
 * Every claim of a publication against the cells of a study, by model.
 *
 * @param published What it says.
 * @param cells Measured sizes of all models.
 * @param book What the provider charged then.
 */
export function againstPublishedServing(
  published: ServingPublished,
  cells: readonly MeasuredSize[],
  book: PriceBook,
): ClaimEvidence[] {
  const byModel = new Map<string, MeasuredSize[]>();
  const sorted = [...cells].sort((a, b) => memoryOf(a) - memoryOf(b));
  for (const cell of sorted) {
    const { name } = factsOf(cell.results).model;
    byModel.set(name, [...(byModel.get(name) ?? []), cell]);
  }
  return published.statements.flatMap((statement) =>
    statement.claims.flatMap((claim): ClaimEvidence[] => {
      const models = "model" in claim ? [claim.model] : [...byModel.keys()];
      return models.map((model) => {
        const own = byModel.get(model) ?? [];
        const judged = own.length === 0 ? unknown("not measured") : judge(claim, own, book);
        return { statement, claim, model, ...judged };
      });
    }),
  );
}

type Judged = Pick<ClaimEvidence, "agreement" | "found">;
const unknown = (found: string): Judged => ({ agreement: "cannot tell", found });
const memoryOf = ({ results }: MeasuredSize): number => factsOf(results).memoryMiB;
const text = (value: number): string => Number(value.toPrecision(3)).toString();

function judge(claim: ServingClaim, cells: readonly MeasuredSize[], book: PriceBook): Judged {
  switch (claim.kind) {
    case "memory used":
      return memoryUsed(cells);
    case "model size":
      return modelSize(claim.megabytes, cells);
    case "falls with memory":
      return falls(claim, cells);
    case "no gain, dearer":
      return noGain(claim, cells, book);
    case "not always dearer":
      return notAlwaysDearer(cells, book);
    case "cold above warm":
      return coldAboveWarm(cells);
  }
}

function memoryUsed(cells: readonly MeasuredSize[]): Judged {
  const used = cells.flatMap(({ results }) =>
    (distributionIn(results, "warm", "memoryUsedMiB")?.percentiles ?? []).flatMap(({ value }) => value ?? []),
  );
  return used.length === 0
    ? unknown("no REPORT line tells it")
    : { agreement: "beside it", found: `${text(Math.max(...used))} MiB, by other software` };
}

function modelSize(megabytes: number, [cell]: readonly MeasuredSize[]): Judged {
  if (cell === undefined) return unknown("not measured");
  const own = factsOf(cell.results).model.bytes / 1e6;
  // The source gives whole numbers, and does not say of which megabyte.
  const agreement = Math.abs(own / megabytes - 1) <= 0.1 ? "agrees" : "disagrees";
  return { agreement, found: `${text(own)} MB` };
}

/** Whether the means of two distributions are credibly apart: 1 when the other is greater, -1 when it is less, 0 if not. */
function apart(one: Distribution | null, other: Distribution | null): -1 | 0 | 1 {
  if (one?.interval == null || other?.interval == null) return 0;
  if (one.interval.high < other.interval.low) return 1;
  return one.interval.low > other.interval.high ? -1 : 0;
}

function ends(cells: readonly MeasuredSize[], series: string, metric: string) {
  const known = cells.flatMap((cell) => {
    const found = distributionIn(cell.results, series, metric);
    return found === null ? [] : [{ memory: memoryOf(cell), found }];
  });
  const [first, last] = [known[0], known.at(-1)];
  return first === undefined || last === undefined || first === last ? null : { first, last };
}

function falls(claim: Extract<ServingClaim, { kind: "falls with memory" }>, cells: readonly MeasuredSize[]): Judged {
  const each = claim.metrics.map((metric) => ({ metric, ends: ends(cells, claim.series, metric) }));
  const found = each.map(({ metric, ends: of }) =>
    of === null
      ? `${metric}: fewer than two sizes`
      : `${metric} ${text(of.first.found.mean ?? 0)} s at ${of.first.memory} MiB, ` +
        `${text(of.last.found.mean ?? 0)} s at ${of.last.memory}`,
  );
  const signs = each.map(({ ends: of }) => (of === null ? 0 : apart(of.first.found, of.last.found)));
  const agreement = signs.includes(1) ? "disagrees" : signs.every((sign) => sign === -1) ? "agrees" : "cannot tell";
  return { agreement, found: found.join("; ") };
}

function noGain(
  { from, to }: Extract<ServingClaim, { kind: "no gain, dearer" }>,
  cells: readonly MeasuredSize[],
  book: PriceBook,
): Judged {
  const at = (memory: number): MeasuredSize | undefined => cells.find((cell) => memoryOf(cell) === memory);
  const [small, large] = [at(from), at(to)];
  if (small === undefined || large === undefined) return unknown(`${from} and ${to} MiB were not both measured`);
  const time = (cell: MeasuredSize): number | null =>
    distributionIn(cell.results, "warm", "responseTime")?.mean ?? null;
  const [slow, fast] = [time(small), time(large)];
  const [cheap, dear] = [costIn(small, "warm", book), costIn(large, "warm", book)];
  if (slow === null || fast === null || cheap?.mean == null || dear?.mean == null) return unknown("a mean is missing");
  const gain = 1 - fast / slow;
  const dearer = apart(cheap, dear);
  const change = (ratio: number): string =>
    `${Math.abs((ratio - 1) * 100).toFixed(0)} % ${ratio < 1 ? "less" : "more"}`;
  const found = `${change(fast / slow)} time, ${change(dear.mean / cheap.mean)} money`;
  if (gain > considerable || dearer === -1) return { agreement: "disagrees", found };
  return { agreement: dearer === 1 ? "agrees" : "cannot tell", found };
}

function notAlwaysDearer(cells: readonly MeasuredSize[], book: PriceBook): Judged {
  const costs = cells.flatMap((cell) => {
    const cost = costIn(cell, "warm", book);
    return cost === null ? [] : [{ memory: memoryOf(cell), cost }];
  });
  if (costs.length < 2) return unknown("fewer than two sizes have a cost");
  const words = costs.map(({ memory, cost }) => `${text(cost.mean ?? 0)} at ${memory}`).join(", ");
  const found = `${book.currency} for 1000: ${words}`;
  const pairs = costs.flatMap((one, index) => costs.slice(index + 1).map((other) => [one.cost, other.cost] as const));
  const dearer = pairs.map(([small, large]) => apart(small, large) === 1);
  if (dearer.every(Boolean)) return { agreement: "disagrees", found };
  const noDearer = pairs.some(
    ([small, large], index) => dearer[index] !== true && (large.mean ?? 0) <= (small.mean ?? 0),
  );
  return { agreement: noDearer ? "agrees" : "cannot tell", found };
}

function coldAboveWarm(cells: readonly MeasuredSize[]): Judged {
  const pairs = cells.flatMap(({ results }) => {
    const [cold, warm] = ["cold", "warm"].map((series) => distributionIn(results, series, "responseTime"));
    return cold?.mean == null || warm?.mean == null ? [] : [{ sign: apart(warm, cold), ratio: cold.mean / warm.mean }];
  });
  if (pairs.length === 0) return unknown("no size has both");
  const ratios = pairs.map(({ ratio }) => ratio);
  const found = `${text(Math.min(...ratios))} to ${text(Math.max(...ratios))} times as long`;
  if (pairs.some(({ sign }) => sign === -1)) return { agreement: "disagrees", found };
  return { agreement: pairs.every(({ sign }) => sign === 1) ? "agrees" : "cannot tell", found };
}
