import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes stand-ins for the providers of clouds: of them a preview only asks whether they take the inputs. */
export function standIn(folder: string, clouds: readonly string[]): void {
  mkdirSync(folder);
  for (const cloud of clouds) {
    const file = join(folder, `pulumi-resource-${cloud}`);
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, "launch.mjs")}' "$@"\n`);
    chmodSync(file, 0o755);
  }
}
