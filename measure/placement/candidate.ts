import type { PriceBook } from "../../catalogue/prices/schema.ts";
import type { PriceTable } from "../planned/price-table.ts";
import type { ServingEvidence } from "./evidence.ts";
import type { Place } from "./places.ts";
import type { Demand, Verdict } from "./replicas.ts";
import type { Speed } from "./speed.ts";

/** A place, and what was found of it. */
export interface Candidate {
  readonly name: string;
  readonly kind: Place["kind"] | "function";
  readonly verdict: Verdict;
  /** Why it does not qualify, or cannot be told, or has no cost; null where neither is so. */
  readonly reason: string | null;
  readonly replicas: number | null;
  /** Machines that these lie on; null for functions. */
  readonly machines: number | null;
  readonly load: number | null;
  /** Upper bound of the 95th percentile, in seconds. */
  readonly p95: number | null;
  /** Null where it is not known. */
  readonly perHour: number | null;
  readonly perThousand: number | null;
  readonly currency: string | null;
  /** vCPUs that all machines use on average beyond what they earn credits for, which is in the price; null where none are earned. */
  readonly surplusVcpus: number | null;
  /** The oldest of the days that its prices held. */
  readonly asOf: string | null;
  readonly sources: readonly string[];
  /** What it rests on. */
  readonly evidence: string | null;
  /** How fast it is against where that was measured, in words. */
  readonly speed: string | null;
}

/** Where to run a service. */
export interface Placement {
  readonly demand: Demand;
  /** Those that qualify, the cheapest first; then those that cannot be told; then those that do not. */
  readonly candidates: readonly Candidate[];
  readonly chosen: Candidate | null;
  readonly currency: string;
  /** What would settle what cannot be told. */
  readonly settle: readonly string[];
  readonly assumptions: readonly string[];
}

/** How it is asked. */
export interface PlacementQuestion {
  readonly demand: Demand;
  readonly table: PriceTable & { readonly functions: PriceBook };
  /** The newest measurement of the container, and of the function at each memory. */
  readonly container: ServingEvidence | null;
  readonly functions: readonly ServingEvidence[];
  /** The speed of a place, by its name; null where nobody knows. */
  readonly speedOf: (name: string) => Speed | null;
  /** Machine or flavor of the price book that the machine at hand is. */
  readonly here: string | null;
  readonly currency: string;
  /** Requests that the account lets functions answer at the same time. */
  readonly concurrency: number;
}

const unpriced = { perHour: null, perThousand: null, currency: null, asOf: null, sources: [] } as const;
/** What a candidate has whose cost is not known. */
export const uncosted = { ...unpriced, surplusVcpus: null } as const;
/** What a thousand predictions cost at a rate for a second. */
export const perThousandAt = (perHour: number, rate: number): number => perHour / (rate * 3.6);

/** A candidate of which only what it is is known yet. */
export type Blank = Omit<Candidate, "verdict" | "reason" | keyof typeof uncosted>;

/** A candidate that does not qualify, or of which that cannot be told. */
export function untold(blank: Blank, verdict: Verdict, reason: string): Candidate {
  return { ...blank, ...uncosted, verdict, reason };
}
