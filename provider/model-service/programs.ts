import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { servedFormats, type ServiceDescription } from "../../workloads/model-service/service.ts";
import { programDigest } from "../program.ts";
import type { ServiceLock } from "./service-lock.ts";

/** What installs a lock, beside it in the folder `build`, in the order in which it digests itself. */
export const installerFiles = ["unneeded.json", "install.py", "without_accelerators.py"] as const;

/** Digest of a lock and of what installs it. */
export function installerDigest(programs: string, lock: ServiceLock): string {
  const hash = createHash("sha256").update(lock.text);
  for (const name of installerFiles) hash.update(readFileSync(join(programs, "build", name)));
  return `sha256:${hash.digest("hex")}`;
}

/** What installs a lock, and the lock. */
export function writeInstaller(folder: string, programs: string, lock: ServiceLock): void {
  cpSync(join(programs, "build"), join(folder, "build"), { recursive: true });
  writeFileSync(join(folder, "build", "requirements.lock"), lock.text);
}

/** The server's own modules, and the one that loads this kind of model. */
export function writeServer(folder: string, programs: string, { entry }: ServiceDescription): void {
  const server = join(programs, "model_server");
  const kind = entry.kind === "model" ? servedFormats[entry.format] : "function";
  const unwanted = new Set(["models", "__pycache__"]);
  cpSync(server, join(folder, "model_server"), {
    recursive: true,
    filter: (path) => dirname(path) !== server || !unwanted.has(basename(path)),
  });
  cpSync(join(server, "models", `${kind}.py`), join(folder, "model_server", "model.py"));
}

/** Digest of the server in a service's folder: users may have edited it. */
export function serverDigest(folder: string): string {
  return programDigest(join(folder, "model_server"));
}
