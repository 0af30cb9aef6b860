import { meanInterval } from "./interval.ts";
import type { Interval, Summary } from "./results.ts";
import { mean } from "./statistics.ts";
import { summaryOf } from "./summary.ts";

/** Accuracies of one repetition, from 0 to 1. */
export interface AdaptationRun {
  readonly transfer: number;
  readonly scratch: number;
}

/** Whether it paid to take a trained model over. */
export interface Adaptation {
  readonly transfer: Summary;
  readonly scratch: Summary;
  /** Accuracy of the adapted model less that of the one from scratch, by repetition: both saw the same images as often. */
  readonly gain: { readonly mean: number; readonly interval: Interval | null; readonly reason: string | null };
  readonly verdict: "better" | "worse" | "no credible difference" | "cannot tell";
}

function verdictOf(interval: Interval | null): Adaptation["verdict"] {
  if (interval === null) return "cannot tell";
  if (interval.low > 0) return "better";
  return interval.high < 0 ? "worse" : "no credible difference";
}

/**
 * Holds adapted models against the same network from scratch. A repetition draws the images and the first weights anew, and
 * both sides share its images, so the difference is taken by repetition. Tested on one set of images, which all share: the
 * interval is of other drawn images and weights, not of other test images.
 *
 * @param runs One per repetition, at least one.
 */
export function adaptationOf(runs: readonly AdaptationRun[]): Adaptation {
  const differences = runs.map(({ transfer, scratch }) => transfer - scratch);
  const { value: interval, reason } = meanInterval(differences);
  const none = "nothing was repeated";
  return {
    transfer: summaryOf(
      runs.map(({ transfer }) => transfer),
      "share",
      none,
    ),
    scratch: summaryOf(
      runs.map(({ scratch }) => scratch),
      "share",
      none,
    ),
    gain: { mean: mean(differences) ?? 0, interval, reason },
    verdict: verdictOf(interval),
  };
}
