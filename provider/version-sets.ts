import { UnderlayError } from "../measure/error.ts";
import {
  chooseVersions,
  enoughRecords,
  type MeasuredVersions,
  normalisedName,
  type VersionChoice,
  type VersionSet,
} from "../measure/version-ranking.ts";
import type { Machine } from "./machine.ts";
import { type LockOptions, lockRequirements, type PythonLock } from "./python-lock.ts";

/** A lock that was chosen among valid ones, with what it was chosen by. */
export interface ChosenLock extends PythonLock {
  readonly choice: VersionChoice;
}

/** Resolves requirements: {@link lockRequirements}, or what keeps what it resolved. */
export type Locker = (machine: Machine, lines: readonly string[], options: LockOptions) => Promise<PythonLock>;

/** Most sets beside the newest one: each is a question to the index. */
const mostOthers = 4;

const invalid: ReadonlySet<string> = new Set(["requirements-contradict", "wheels-missing", "distribution-unknown"]);

/** Whether an error says that a set of versions is not valid. */
export const isInvalid = (thrown: unknown): thrown is UnderlayError =>
  thrown instanceof UnderlayError && invalid.has(thrown.code);

const nameIn = (line: string): string => normalisedName(/^[a-z0-9][\w.-]*/i.exec(line)?.[0] ?? "");

/** Versions of the distributions that are asked for by name. */
function setOf(packages: PythonLock["packages"], asked: ReadonlySet<string>): VersionSet {
  const own = packages.map(({ name, version }) => [normalisedName(name), version] as const);
  return Object.fromEntries(own.filter(([name]) => asked.has(name)));
}

/** What has to be pinned to get the versions of a record, where they are not those of the newest set. */
function pinsOf(record: MeasuredVersions, newest: VersionSet, asked: ReadonlySet<string>): string[] {
  const measured = Object.entries(setOf(record.packages, asked));
  return measured.flatMap(([name, version]) => (newest[name] === version ? [] : [`${name}==${version}`])).sort();
}

/**
 * Locks requirements to the newest versions that fit together, or to older ones that services were measured with, where
 * these are valid, too, and the records show them to be credibly cheaper (see `chooseVersions`).
 *
 * @param machine Has uv.
 * @param lines Requirements and bounds (PEP 508), one each.
 * @param options For which Python.
 * @param records What was measured of services; none for the newest versions.
 * @param lock Resolves a set.
 * @throws UnderlayError as `lockRequirements` for the newest set
 */
export async function chooseLock(
  machine: Machine,
  lines: readonly string[],
  options: LockOptions,
  records: readonly MeasuredVersions[],
  lock: Locker = lockRequirements,
): Promise<ChosenLock> {
  const newest = await lock(machine, lines, options);
  const asked = new Set(lines.map(nameIn));
  const first = setOf(newest.packages, asked);
  // The index is only asked for more where the answers can be told apart.
  const pins = new Map(
    (enoughRecords(records, asked) ? records : [])
      .map((record) => pinsOf(record, first, asked))
      .flatMap((each): [string, string[]][] => (each.length > 0 ? [[each.join(" "), each]] : [])),
  );
  const locks = [newest];
  for (const own of [...pins.values()].slice(0, mostOthers)) {
    try {
      locks.push(await lock(machine, [...lines, ...own], options));
    } catch (thrown) {
      if (!isInvalid(thrown)) throw thrown;
    }
  }
  const choice = chooseVersions(
    locks.map(({ packages }) => setOf(packages, asked)),
    records,
  );
  return { ...(locks[choice.candidate] ?? newest), choice };
}
