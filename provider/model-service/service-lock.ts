import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import type { MeasuredVersions, VersionChoice } from "../../measure/version-ranking.ts";
import type { ModelFindings } from "../../workloads/model-service/findings.ts";
import { buildOf, requirementsOf } from "../../workloads/model-service/requirements.ts";
import { acceleratorsNote, lockRequirements, packagesOf, type PythonLock } from "../python-lock.ts";
import { chooseLock, isInvalid, type Locker } from "../version-sets.ts";
import type { BuildingMeans } from "./engine-build.ts";

/** What a service is locked for. */
export interface ServiceLockArgs {
  readonly findings: ModelFindings;
  /** What is needed besides, as requirements. */
  readonly besides: readonly string[];
  readonly python: string;
  readonly cuda: boolean;
  /** Where it is to run, as uv names it; undefined for this machine. */
  readonly platform?: string | undefined;
  /** A lock that is there; null to make one, or to take the one that was made for the same requirements. */
  readonly file: string | null;
  /** Folder that is kept. */
  readonly cache: string;
}

/** A lock, with its digest. */
export interface ServiceLock extends PythonLock {
  /** `sha256:…` of its text. */
  readonly digest: string;
  /** By what its versions were chosen, and why; null for a lock of the user's own. */
  readonly choice: Pick<VersionChoice, "by" | "because"> | null;
}

const withDigest = (text: string, choice: ServiceLock["choice"]): ServiceLock => ({
  text,
  packages: packagesOf(text),
  digest: `sha256:${createHash("sha256").update(text).digest("hex")}`,
  choice,
});

/** Requirements of a source and of what serves it; a source may need nothing beyond Python. */
function linesOf({ findings, besides, cuda }: ServiceLockArgs): string[] {
  const args = { accelerator: cuda ? "cuda" : "cpu" } as const;
  const own = besides.map((line) => buildOf(line, args));
  try {
    return [...requirementsOf(findings, args).lines, ...own];
  } catch (thrown) {
    if (thrown instanceof UnderlayError && thrown.code === "nothing-needed") return own;
    throw thrown;
  }
}

/**
 * Resolves each set of requirements once: a lock that is kept makes the same image tomorrow. Of a set that was tried beside
 * the source's own it is also kept that it is not valid.
 */
function keptIn(folder: string, own: readonly string[], lock: Locker): Locker {
  return async (machine, lines, options) => {
    const { pythonVersion, platform } = options;
    const key = createHash("sha256")
      .update([pythonVersion, platform ?? process.arch, ...lines].join("\n"))
      .digest("hex")
      .slice(0, 16);
    const [file, none] = [join(folder, `${key}.txt`), join(folder, `${key}.none`)];
    if (existsSync(file)) {
      const text = readFileSync(file, "utf8");
      return { text, packages: packagesOf(text) };
    }
    if (existsSync(none)) throw new UnderlayError("requirements-contradict", readFileSync(none, "utf8"));
    try {
      const made = await lock(machine, lines, options);
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, made.text);
      return made;
    } catch (thrown) {
      if (lines !== own && isInvalid(thrown)) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(none, messageOf(thrown));
      }
      throw thrown;
    }
  };
}

/**
 * The lock of a service: a user's own, or the versions that fit together and were measured to be credibly cheaper, or the
 * newest ones that fit (see `chooseLock`).
 *
 * @param args What is locked.
 * @param means Told when the index is asked.
 * @param records What was measured of services.
 * @param lock Resolves a set.
 * @throws UnderlayError as `lockRequirements`; `lock-invalid`
 */
export async function serviceLock(
  args: ServiceLockArgs,
  means: BuildingMeans,
  records: readonly MeasuredVersions[],
  lock: Locker = lockRequirements,
): Promise<ServiceLock> {
  const { file, python, platform, cache } = args;
  if (file !== null) {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (!text.includes("--hash=sha256:")) {
      throw new UnderlayError(
        "lock-invalid",
        `${file} is no lock with hashes.`,
        "Make one by `underlay detect PATH --lock FILE`.",
      );
    }
    return withDigest(text, null);
  }
  const lines = [...new Set(linesOf(args))].sort();
  // Functions run without PyTorch, whose index has no wheels for another C library.
  const processorOnly = !args.cuda && platform === undefined;
  const options = { pythonVersion: python, platform, processorOnly, signal: means.signal };
  const telling: Locker = (machine, wanted, given) => {
    means.status(`versions: uv resolves ${String(wanted.length)} requirements`);
    return lock(machine, wanted, given);
  };
  const kept = keptIn(join(cache, "locks"), lines, telling);
  const { text, choice } = await chooseLock(means.machine, lines, options, records, kept);
  const note = processorOnly ? acceleratorsNote(packagesOf(text)) : null;
  if (note !== null) {
    const locks = join(cache, "locks");
    means.status(
      `${note}; the image is built without them, and the folder ${locks} keeps the lock until it is removed`,
    );
  }
  const { by, because } = choice;
  return withDigest(text, { by, because });
}
