import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UnderlayError } from "../../measure/error.ts";
import type { ModelFindings } from "../../workloads/model-service/findings.ts";
import { requirementsOf } from "../../workloads/model-service/requirements.ts";
import { lockRequirements, packagesOf, type PythonLock } from "../python-lock.ts";
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
}

const withDigest = (text: string): ServiceLock => ({
  text,
  packages: packagesOf(text),
  digest: `sha256:${createHash("sha256").update(text).digest("hex")}`,
});

/** Requirements of a source and of what serves it; a source may need nothing beyond Python. */
function linesOf({ findings, besides, cuda }: ServiceLockArgs): string[] {
  try {
    return [...requirementsOf(findings, { accelerator: cuda ? "cuda" : "cpu" }).lines, ...besides];
  } catch (thrown) {
    if (thrown instanceof UnderlayError && thrown.code === "nothing-needed") return [...besides];
    throw thrown;
  }
}

/**
 * The lock of a service: a user's own, or the one that was made before for the same requirements, or a new one. A lock that
 * is kept makes the same image tomorrow.
 *
 * @throws UnderlayError as `lockRequirements`; `lock-invalid`
 */
export async function serviceLock(args: ServiceLockArgs, means: BuildingMeans): Promise<ServiceLock> {
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
    return withDigest(text);
  }
  const lines = [...new Set(linesOf(args))].sort();
  const key = createHash("sha256")
    .update([python, platform ?? process.arch, ...lines].join("\n"))
    .digest("hex")
    .slice(0, 16);
  const kept = join(cache, "locks", `${key}.txt`);
  if (existsSync(kept)) return withDigest(readFileSync(kept, "utf8"));
  means.status(`versions: uv resolves ${String(lines.length)} requirements`);
  const { text } = await lockRequirements(means.machine, lines, {
    pythonVersion: python,
    platform,
    signal: means.signal,
  });
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, text);
  return withDigest(text);
}
