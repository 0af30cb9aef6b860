import { aaFalseClaims } from "./aa-false-claims.ts";
import type { Bench } from "./bench.ts";
import { intervalCoverage } from "./interval-coverage.ts";

/** All benches, in the order in which `--list` prints them. */
export const benches: readonly Bench[] = [aaFalseClaims, intervalCoverage];
