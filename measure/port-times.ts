import { distributionOf } from "./distribution.ts";
import { pairedRatio, type RatioEstimate } from "./interval.ts";
import type { Distribution, Summary } from "./results.ts";
import { median } from "./statistics.ts";
import { summaryOf } from "./summary.ts";

/** What was timed of a model before it was ported and after, in seconds. */
export interface PortTimings {
  /** Of each request, by block. */
  readonly latencies: { readonly original: readonly number[][]; readonly ported: readonly number[][] };
  /** From the start of a process to its first answer. */
  readonly starts: { readonly original: readonly number[]; readonly ported: readonly number[] };
}

/** How a model's times changed by porting it. */
export interface PortTimes {
  readonly latency: { readonly original: Distribution; readonly ported: Distribution };
  /** Time of the ported model ÷ that of the original, over the medians of blocks that were played next to each other. */
  readonly latencyRatio: RatioEstimate;
  readonly start: { readonly original: Summary; readonly ported: Summary };
}

const metric = "prediction";

/** Holds the times of the ported model against those of the original. */
export function portTimesOf({ latencies, starts }: PortTimings): PortTimes {
  const logRatios = latencies.original.flatMap((block, index) => {
    const [before, after] = [median(block), median(latencies.ported[index] ?? [])];
    return before === null || after === null ? [] : [Math.log(after / before)];
  });
  const none = "nothing was timed";
  return {
    latency: {
      original: distributionOf(metric, latencies.original.flat(), "s"),
      ported: distributionOf(metric, latencies.ported.flat(), "s"),
    },
    latencyRatio: pairedRatio(logRatios, "pairs of blocks"),
    start: { original: summaryOf(starts.original, "s", none), ported: summaryOf(starts.ported, "s", none) },
  };
}
