import { UnderlayError } from "./error.ts";
import type { EnvironmentName, HostFacts } from "./facts.ts";
import type { BlockLine } from "./record.ts";
import type { EnvironmentRun } from "./run.ts";
import { median } from "./statistics.ts";

/** What must be equal for a comparison, and is not. */
export type Inequality = "hosts" | "root" | "cpus" | "memory" | "unit";

/** Two environments that must not be compared: a difference between them would not be the infrastructure's. */
export class IncomparableError extends UnderlayError {
  /** What is not equal. */
  readonly inequality: Inequality;
  /** The two environments. */
  readonly environments: readonly [EnvironmentName, EnvironmentName];

  constructor(
    inequality: Inequality,
    environments: readonly [EnvironmentName, EnvironmentName],
    difference: string,
    hint: string,
  ) {
    const names = environments.join(" and ");
    super(`incomparable-${inequality}`, `${names} must not be compared: ${difference}.`, hint);
    this.name = "IncomparableError";
    this.inequality = inequality;
    this.environments = environments;
  }
}

/**
 * Refuses a comparison of unequal bits or unequal resources: hosts, content of the root file system, limit of CPUs and
 * limit of memory must be the same everywhere. How a limit is held may differ.
 *
 * @param environments All that a record has; one alone is comparable.
 * @throws IncomparableError `incomparable-hosts`, `incomparable-root`, `incomparable-cpus` or `incomparable-memory` for
 *   the first difference.
 */
export function checkComparable(environments: readonly EnvironmentRun[]): void {
  const [first, ...others] = environments;
  if (first === undefined) return;
  for (const other of others) {
    const names = [first.environment, other.environment] as const;
    const [roles, otherRoles] = [rolesOf(first), rolesOf(other)];
    if (roles !== otherRoles) {
      const difference = `beside the host that leads they have ${roles} and ${otherRoles}`;
      throw new IncomparableError(
        "hosts",
        names,
        difference,
        "Give every environment as many hosts, in the same roles.",
      );
    }
    const ownHosts = hostsOf(first);
    hostsOf(other).forEach((facts, index) => {
      checkEqual(names, ownHosts[index] ?? facts, facts);
    });
  }
}

function rolesOf({ companions }: EnvironmentRun): string {
  return companions.map(({ role }) => role).join(", ") || "none";
}

function hostsOf({ facts, companions }: EnvironmentRun): HostFacts[] {
  return [facts, ...companions.map((companion) => companion.facts)];
}

function checkEqual(
  names: readonly [EnvironmentName, EnvironmentName],
  { rootDigest, limits }: HostFacts,
  facts: HostFacts,
): void {
  if (facts.rootDigest !== rootDigest) {
    const difference = `their root file systems are ${rootDigest} and ${facts.rootDigest}`;
    throw new IncomparableError(
      "root",
      names,
      difference,
      "Build both from one root, so that only the infrastructure differs.",
    );
  }
  if (facts.limits.cpus.value !== limits.cpus.value) {
    const difference = `they may use ${limits.cpus.value} and ${facts.limits.cpus.value} CPUs`;
    throw new IncomparableError("cpus", names, difference, "Give every environment the same number of CPUs.");
  }
  if (facts.limits.memory.value !== limits.memory.value) {
    const difference = `they may use ${limits.memory.value} and ${facts.limits.memory.value} MiB of memory`;
    throw new IncomparableError("memory", names, difference, "Give every environment the same memory.");
  }
}

/**
 * The unit of the items of a series, which all environments must share; null when no block was measured.
 *
 * @throws IncomparableError `incomparable-unit`
 */
export function unitOf(environments: readonly EnvironmentRun[], series: string): string | null {
  const units = environments.flatMap(({ environment, blocks }) =>
    blocks.filter((block) => block.series === series).map(({ unit }) => ({ environment, unit })),
  );
  const [first] = units;
  const other = units.find(({ unit }) => unit !== first?.unit);
  if (first !== undefined && other !== undefined) {
    const difference = `the items of series ${series} are ${first.unit} and ${other.unit}`;
    throw new IncomparableError(
      "unit",
      [first.environment, other.environment],
      difference,
      "Count the same items in both.",
    );
  }
  return first?.unit ?? null;
}

/** In shorter blocks, in seconds of the host, the cost of a command and its answer hides what the clock does. */
const shortestForClock = 0.5;
/** A program may measure this share of the host's time at most. */
const most = 1.02;
/** A program must measure this share of the host's time at least, in the median block. */
const least = 0.9;

/**
 * Why the clock of an environment cannot be trusted; null when it can. The host times every block from the command to
 * its answer, which contains the time that the program itself measures:
 *
 * - A single block of at least half a second, of any series, that is over 2 % longer by the program than by the host
 *   proves a clock that runs fast.
 * - In a series whose median block takes at least half a second, a median share below 90 % means a clock that runs slowly,
 *   or work outside of the timed steps. The median, because the host itself may be held up in a single block.
 *
 * A ratio from such a clock is not imprecise but wrong, so the comparison says `cannot tell` and has no ratio; the
 * blocks stay in the record.
 *
 * @param run The environment.
 * @param series The series that is to be compared.
 */
export function clockDoubt(run: EnvironmentRun, series: string): string | null {
  const doubt = (share: number, where: string): string =>
    `the clock of ${run.environment} cannot be trusted: it measured ${percent(share)} of the host's time in ${where}`;
  const long = run.blocks.filter((block) => block.hostSeconds >= shortestForClock);
  const longest = Math.max(...long.map(shareOf));
  if (longest > most) return doubt(longest, "a block");
  const usual = median(run.blocks.filter((block) => block.series === series).map(({ hostSeconds }) => hostSeconds));
  if (usual === null || usual < shortestForClock) return null;
  const share = median(long.filter((block) => block.series === series).map(shareOf));
  return share !== null && share < least ? doubt(share, "the median block") : null;
}

/** The program's share of the host's time. */
function shareOf({ seconds, hostSeconds }: BlockLine): number {
  return seconds / hostSeconds;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
