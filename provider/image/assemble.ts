import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { UnderlayError } from "../../measure/error.ts";
import { execute, executeForBytes } from "../execute.ts";
import { cacheDirectory, type Machine, required } from "../machine.ts";
import type { ImageDescription } from "./description.ts";
import { contextName, dockerfile } from "./dockerfile.ts";

/** Longest time for a step of a build, in seconds: a framework from source takes hours. */
const stepTimeoutSec = 86_400;
/** Time of every file, as in the shared root: 2024-01-01T00:00:00Z. */
const epoch = 1_704_067_200;

/** What a build is done with. */
export interface Means {
  readonly machine: Machine;
  /** An empty folder to build in. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Told of each step. */
  readonly status: (line: string) => void;
}

async function step(
  argv: readonly string[],
  { signal }: Means,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await execute(argv, { timeoutSec: stepTimeoutSec, signal, env });
}

/** The shared root again. Its files are linked, not copied, unless something runs that could change them. */
async function fromRoot({ post }: ImageDescription, tree: string, means: Means): Promise<string> {
  const root = required(means.machine, "root", means.machine.root);
  await step(["cp", "--archive", post.length === 0 ? "--link" : "--reflink=auto", root.directory, tree], means);
  return "the shared root";
}

async function fromDebian(suite: string, packages: readonly string[], tree: string, means: Means): Promise<string> {
  if (process.getuid?.() !== 0) {
    throw new UnderlayError("image-needs-root", "An image of Debian's packages is unpacked by root alone.");
  }
  const options = ["--variant=minbase", "--mode=root", "--format=directory", `--include=${packages.join(",")}`];
  await step(["mmdebstrap", ...options, '--aptopt=Acquire::Languages "none"', suite, tree], means);
  return `mmdebstrap of ${suite}`;
}

/** Has a container engine build the image from its Dockerfile, files and all, and unpacks what it made. */
async function byEngine(description: ImageDescription, tree: string, means: Means): Promise<string> {
  const { machine, folder } = means;
  const engine = required(machine, "container-engine", machine.containerEngine);
  const context = join(folder, "context");
  mkdirSync(context);
  description.files.forEach(({ source }, index) => {
    cpSync(source, join(context, contextName(index)), { recursive: true });
  });
  const places = { root: "", rootReference: engine.image.reference };
  const reference = `localhost/underlay-image:${description.id}`;
  const command = (...argv: readonly string[]): string[] => [engine.command, ...engine.globalArguments, ...argv];
  await execute(command("build", "--file", "-", "--tag", reference, context), {
    input: dockerfile(description, places),
    timeoutSec: stepTimeoutSec,
    signal: means.signal,
  });
  const container = await execute(command("create", reference, "true"), { timeoutSec: 60 });
  const archive = join(folder, "image.tar");
  try {
    await step(command("export", "--output", archive, container), means);
  } finally {
    await execute(command("rm", "--force", container), { timeoutSec: 60 });
  }
  mkdirSync(tree);
  await step(["tar", "--extract", "--file", archive, "--directory", tree, "--exclude=dev/*"], means);
  await step(["rm", archive], means);
  return engine.name;
}

/** Puts files where the description has them. What stood there is replaced, never written into: it may be linked. */
async function place({ files }: ImageDescription, tree: string, means: Means): Promise<void> {
  for (const { source, target } of files) {
    const to = join(tree, target);
    const isFolder = statSync(source).isDirectory();
    mkdirSync(isFolder ? to : dirname(to), { recursive: true });
    // What the cache has is never written into, and need not be there twice.
    const link = source.startsWith(`${cacheDirectory()}/`) ? ["--link"] : [];
    await step(["cp", "--archive", ...link, "--remove-destination", isFolder ? `${source}/.` : source, to], means);
  }
}

/** Runs the description's own script with the tree for its root. */
async function finish({ post, environment }: ImageDescription, tree: string, means: Means): Promise<void> {
  if (post.length === 0) return;
  const bubblewrap = required(means.machine, "bubblewrap", means.machine.bubblewrap);
  const variables = Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]);
  await step(
    [
      ...[bubblewrap, "--die-with-parent", "--bind", tree, "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"],
      ...["--clearenv", "--setenv", "PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "--setenv", "HOME", "/tmp"],
      ...[...variables, "--chdir", "/", "--", "/bin/sh", "-c", ["set -eu", ...post].join("\n")],
    ],
    means,
  );
}

/**
 * Makes the tree of an image.
 *
 * @param description the image
 * @param tree where; must not be there
 * @param means what it is done with
 * @returns how it was made, for people
 * @throws UnderlayError `command-failed` with the last lines of the step that failed
 */
export async function assemble(description: ImageDescription, tree: string, means: Means): Promise<string> {
  const { base } = description;
  if (base.kind === "registry") return byEngine(description, tree, means);
  means.status(`base of ${description.id}`);
  const builder =
    base.kind === "root"
      ? await fromRoot(description, tree, means)
      : await fromDebian(base.suite, base.packages, tree, means);
  // Mount points of what a job brings along.
  for (const name of ["data", "run", "tmp"]) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  means.status(`files of ${description.id}`);
  await place(description, tree, means);
  await finish(description, tree, means);
  return builder;
}

/** Content digest of a tree: SHA-256 of its archive, as that of the shared root is made. */
export async function digestOfTree(tree: string, signal: AbortSignal): Promise<string> {
  const times = [`--mtime=@${String(epoch)}`, "--owner=0", "--group=0", "--numeric-owner"];
  const options = ["--create", "--file=-", "--format=gnu", "--sort=name", ...times, `--directory=${tree}`, "."];
  const argv = ["bash", "-o", "pipefail", "-c", 'tar "$@" | sha256sum', "sh", ...options];
  const printed = Buffer.from(await executeForBytes(argv, { timeoutSec: 1800, signal })).toString("utf8");
  return `sha256:${printed.slice(0, 64)}`;
}

/** Program of that name on PATH; null where there is none. */
export async function programOnPath(name: string): Promise<string | null> {
  const found = await execute(["sh", "-c", 'command -v "$0" || true', name], { timeoutSec: 10 });
  return found === "" || !existsSync(found) ? null : found;
}

/** Mount points below a folder, innermost first, by what `/proc/self/mountinfo` says. */
export function mountsBelow(mountInfo: string, folder: string): string[] {
  return mountInfo
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll("\\040", " "))
    .filter((point) => point.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/**
 * Removes a folder that was built in. What a step that was killed left mounted there is unmounted first, and if that
 * fails nothing is removed: it could be this machine's own `/dev`.
 *
 * @throws UnderlayError `still-mounted` when something stays mounted there
 */
export async function removeTree(folder: string): Promise<void> {
  for (const point of mountsBelow(readFileSync("/proc/self/mountinfo", "utf8"), folder)) {
    await execute(["umount", "--lazy", point], { timeoutSec: 10 }).catch(() => undefined);
  }
  const [still] = mountsBelow(readFileSync("/proc/self/mountinfo", "utf8"), folder);
  if (still !== undefined) {
    throw new UnderlayError("still-mounted", `${still} is still mounted.`, `Run \`umount ${still}\`.`);
  }
  rmSync(folder, { recursive: true, force: true });
}
