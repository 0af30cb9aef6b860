/** Rules of AWS Lambda at a time, as far as they decide speed and price. */
export interface FunctionEdition {
  /** Memory at which an instance has the time of one whole CPU; below and above, its share is proportional. In MiB. */
  readonly memoryPerCpuMiB: number;
  /** Most memory of an instance, in MiB; the least is 128 in each. */
  readonly maximumMemoryMiB: number;
  /** Unit that a duration is rounded up to before it is charged, in ms. */
  readonly billingUnitMs: number;
  /** Whether the initialisation of an instance is charged. */
  readonly initBilled: boolean;
}

/**
 * The service as it is, and as it was when Ishakian 2018 measured it. AWS documents one CPU at 1,769 MB today. For 2017 it
 * documents none; Wang et al. ("Peeking behind the curtains of serverless platforms", USENIX ATC 2018) measured that an
 * instance of m MB had 2m/3328 of a CPU's time, which is one CPU at 1,664 MB. Initialisation has been charged since August 2025.
 */
export const functionEditions = {
  current: { memoryPerCpuMiB: 1769, maximumMemoryMiB: 10_240, billingUnitMs: 1, initBilled: true },
  "2017": { memoryPerCpuMiB: 1664, maximumMemoryMiB: 1536, billingUnitMs: 100, initBilled: false },
} as const satisfies Readonly<Record<string, FunctionEdition>>;

/** Which rules of the service hold. */
export type FunctionEditionName = keyof typeof functionEditions;

/**
 * CPUs that an instance has the time of.
 *
 * @param memoryMiB its memory
 * @param edition which rules hold
 */
export function cpusOfMemory(memoryMiB: number, edition: FunctionEditionName): number {
  return memoryMiB / functionEditions[edition].memoryPerCpuMiB;
}

/**
 * What is charged of a request, in ms.
 *
 * @param durationMs of the request itself
 * @param initMs of the initialisation that it waited for; 0 without one
 * @param edition which rules hold
 */
export function billedMs(durationMs: number, initMs: number, edition: FunctionEditionName): number {
  const { billingUnitMs, initBilled } = functionEditions[edition];
  return Math.max(1, Math.ceil((durationMs + (initBilled ? initMs : 0)) / billingUnitMs)) * billingUnitMs;
}
