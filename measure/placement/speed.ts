import { z } from "zod";
import { UnderlayError } from "../error.ts";

/** How fast a CPU of a place is against one that was measured on: between these. */
export interface Speed {
  readonly low: number;
  readonly high: number;
  /** Who says so. */
  readonly told: string;
}

/** A machine that was measured on is as fast as itself. */
export const sameMachine: Speed = { low: 1, high: 1, told: "measured there" };

const rate = z.object({ value: z.number().positive() });
/** What the probe of machines prints, as far as it is needed here. */
const probeSchema = z.object({
  schema: z.literal("underlay/probe/1"),
  cores: z.int().positive(),
  gemm: rate,
  triad: rate,
});
type Probe = z.output<typeof probeSchema>;

/**
 * Reads what the probe printed on a machine.
 *
 * @throws UnderlayError `probe-invalid`
 */
export function readProbe(text: string): Probe {
  try {
    return probeSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UnderlayError("probe-invalid", "That is no result of the probe.", "Take what probe.py prints.", {
      cause,
    });
  }
}

/**
 * How fast a CPU of one machine is against one of another, by what both can do at most: a computation is bound by arithmetic
 * or by memory, or lies between, so its speed lies between the two ratios.
 *
 * @source Williams, Waterman and Patterson, Roofline, Communications of the ACM 52 (2009)
 */
export function speedByProbes(here: Probe, there: Probe): Speed {
  const perCore = (probe: Probe, what: "gemm" | "triad"): number => probe[what].value / probe.cores;
  const ratios = (["gemm", "triad"] as const).map((what) => perCore(there, what) / perCore(here, what));
  return { low: Math.min(...ratios), high: Math.max(...ratios), told: "by the probes of both" };
}
