/** A machine that was set up, for tests: what set-up would have found, and homes of the test's own to put it in. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Machine } from "../../provider/machine.ts";

/** A machine that can have every environment. */
export const fullMachine: Machine = {
  schemaVersion: 1,
  at: "2026-11-22T00:00:00.000Z",
  findings: [],
  pulumi: { command: "/opt/pulumi/bin/pulumi", version: "3.220.0", path: ["/opt/pulumi/bin"] },
  root: { directory: "/cache/root", blockImage: "/cache/root.ext4", digest: "sha256:root" },
  containerEngine: {
    name: "podman",
    command: "/usr/bin/podman",
    version: "4.3.1",
    globalArguments: ["--runtime", "runc"],
    runArguments: ["--ulimit", "nofile=1024:1024"],
    rootless: false,
    image: { reference: "localhost/underlay-root:0123456789ab", digest: "sha256:image" },
  },
  guestKernel: { kind: "user-mode-linux", command: "/usr/bin/linux.uml", kernel: null, initrd: null, release: "6.1" },
  bubblewrap: "/usr/bin/bwrap",
  photographs: null,
  pytorch: null,
  serving: null,
  slurm: null,
  uv: null,
  tuner: null,
  onnx: null,
  python: null,
};

/** A run id that nobody else has. */
export function freshRunId(): string {
  return `r${BigInt(`0x${randomBytes(8).toString("hex")}`)
    .toString(36)
    .padStart(9, "0")
    .slice(-9)}`;
}

const variables = ["XDG_CACHE_HOME", "XDG_STATE_HOME"] as const;

/** Folders of a test's own in place of the user's cache and state, until {@link TemporaryHomes.restore}. */
export class TemporaryHomes {
  readonly directory = mkdtempSync(path.join(tmpdir(), "underlay-test-"));
  readonly #before = variables.map((name) => process.env[name]);

  constructor() {
    process.env["XDG_CACHE_HOME"] = path.join(this.directory, "cache");
    process.env["XDG_STATE_HOME"] = path.join(this.directory, "state");
  }

  /** Writes what set-up would have written. */
  writeMachine(machine: unknown): void {
    const folder = path.join(this.directory, "cache", "underlay");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "machine.json"), typeof machine === "string" ? machine : JSON.stringify(machine));
  }

  /** A folder below, made. */
  folder(name: string): string {
    const folder = path.join(this.directory, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  restore(): void {
    for (const [index, name] of variables.entries()) {
      const before = this.#before[index];
      if (before === undefined) {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- an unset variable is not an empty one
        delete process.env[name];
      } else {
        process.env[name] = before;
      }
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
