import { readFileSync, statSync, utimesSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";

const findingSchema = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(["ok", "missing", "degraded", "failed"]),
  detail: z.string(),
  remedy: z.string().nullable(),
});

const machineSchema = z.object({
  schemaVersion: z.literal(1),
  at: z.string(),
  findings: z.array(findingSchema),
  pulumi: z.object({ command: z.string(), version: z.string(), path: z.array(z.string()) }).nullable(),
  root: z.object({ directory: z.string(), blockImage: z.string(), digest: z.string() }).nullable(),
  containerEngine: z
    .object({
      name: z.enum(["podman", "docker"]),
      command: z.string(),
      version: z.string(),
      globalArguments: z.array(z.string()),
      runArguments: z.array(z.string()),
      rootless: z.boolean(),
      image: z.object({ reference: z.string(), digest: z.string() }),
    })
    .nullable(),
  guestKernel: z
    .object({
      kind: z.enum(["kvm", "user-mode-linux", "qemu-tcg"]),
      command: z.string(),
      kernel: z.string().nullable(),
      initrd: z.string().nullable(),
      release: z.string(),
    })
    .nullable(),
  bubblewrap: z.string().nullable(),
  photographs: z.object({ directory: z.string(), digest: z.string(), count: z.number() }).nullable(),
  pytorch: z.object({ directory: z.string(), version: z.string() }).nullable().default(null),
  serving: z
    .object({ packages: z.string(), runtime: z.string(), torchvision: z.string(), key: z.string() })
    .nullable()
    .default(null),
  slurm: z.object({ directory: z.string(), version: z.string() }).nullable().default(null),
  uv: z.object({ command: z.string() }).nullable().default(null),
  tuner: z
    .object({ directory: z.string(), version: z.string(), allocators: z.string().nullable().default(null) })
    .nullable()
    .default(null),
  onnx: z.object({ directory: z.string(), version: z.string() }).nullable().default(null),
  python: z.object({ command: z.string() }).nullable().default(null),
});

/** What set-up found on this machine. */
export type Machine = z.infer<typeof machineSchema>;
/** One thing that set-up looked for. */
export type Finding = z.infer<typeof findingSchema>;

/** A folder of the XDG base directory specification, which has empty and relative ones ignored. */
function xdgFolder(variable: string, fallback: readonly string[]): string {
  const folder = process.env[variable];
  return folder !== undefined && isAbsolute(folder) ? folder : join(homedir(), ...fallback);
}

/** Folder of everything that can be made again: `$XDG_CACHE_HOME/underlay`. */
export function cacheDirectory(): string {
  return join(xdgFolder("XDG_CACHE_HOME", [".cache"]), "underlay");
}

/** Notes that a part of the cache is in use: set-up removes what nobody used for long. Its time of change stays. */
export function markUsed(path: string): void {
  try {
    utimesSync(path, new Date(), statSync(path).mtime);
  } catch {
    // Another user's cache, or one that cannot be written: nobody prunes it either.
  }
}

/** Folder of what lives as long as a run: `$XDG_STATE_HOME/underlay`. */
export function stateDirectory(): string {
  return join(xdgFolder("XDG_STATE_HOME", [".local", "state"]), "underlay");
}

/**
 * What set-up found on this machine.
 *
 * @throws UnderlayError `machine-not-set-up` when set-up has not run or wrote another format.
 */
export function readMachine(): Machine {
  const path = join(cacheDirectory(), "machine.json");
  try {
    return machineSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new UnderlayError(
      "machine-not-set-up",
      `This machine is not set up: ${path} cannot be read (${messageOf(cause).split("\n")[0] ?? ""}).`,
      "Run `npm start`, `npm test` or `underlay setup` once.",
      { cause },
    );
  }
}

/** The finding of one id; undefined when set-up did not look for it. */
export function findingOf(machine: Machine, id: string): Finding | undefined {
  return machine.findings.find((finding) => finding.id === id);
}

/** A part of the machine that must be there. */
export function required<T>(machine: Machine, id: string, part: T | null): T {
  if (part !== null) {
    return part;
  }
  const finding = findingOf(machine, id);
  throw new UnderlayError(
    `${id}-missing`,
    `${finding?.title ?? id} is missing on this machine: ${finding?.detail ?? "set-up did not find it"}.`,
    finding?.remedy ?? "Run `underlay doctor` to see every finding with its remedy.",
  );
}
