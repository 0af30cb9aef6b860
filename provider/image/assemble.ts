import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { UnderlayError } from "../../measure/error.ts";
import { execute, executeForBytes } from "../execute.ts";
import { cacheDirectory, required } from "../machine.ts";
import type { ImageDescription } from "./description.ts";
import { fromRegistry } from "./from-registry.ts";
import { type Means, stepTimeoutSec } from "./means.ts";

/** Time of every file, as in the shared root: 2024-01-01T00:00:00Z. */
const epoch = 1_704_067_200;

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
  means.status(`base of ${description.id}`);
  const builder =
    base.kind === "registry"
      ? await fromRegistry(description, tree, means)
      : base.kind === "root"
        ? await fromRoot(description, tree, means)
        : await fromDebian(base.suite, base.packages, tree, means);
  // Mount points of what a job brings along.
  for (const name of ["data", "run", "tmp"]) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  // What builds from a Dockerfile or a definition file has done both.
  if (base.kind === "registry") return builder;
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
