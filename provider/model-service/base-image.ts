import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { UnderlayError } from "../../measure/error.ts";
import { serviceUser } from "../../measure/model-service.ts";
import { execute } from "../execute.ts";
import { type Machine, required } from "../machine.ts";
import type { ServiceBases } from "./dockerfile.ts";
import { buildCommand, type BuildingMeans, engineOf, hasImage } from "./engine-build.ts";

/** Grows when the making changes what comes out though no name of a package does. */
const revision = 1;
/** Time of every file, as in the shared root: 2024-01-01T00:00:00Z. */
export const epoch = 1_704_067_200;
/** Longest time to unpack Debian's packages, in seconds. */
const timeoutSec = 900;

/** Debian's releases by the Python that they have. */
const suites: Readonly<Record<string, string>> = { "3.11": "bookworm", "3.13": "trixie" };

/** What Python and its packages take: no shell, no package manager, no compiler. */
const basePackages = (python: string): string[] => [
  ...["base-files", "python3-minimal", `python${python}-minimal`, "libpython3-stdlib", `libpython${python}-stdlib`],
  ...["libstdc++6", "libgcc-s1", "libgomp1", "zlib1g", "ca-certificates", "media-types", "netbase"],
];

/** What comes along by dependency and no service runs, and what differs from one making to the next. */
const dropped = [
  ...["usr/bin/perl*", "usr/lib/*/perl-base", "usr/share/perl5", "usr/share/perl", "usr/share/debconf"],
  ...["usr/sbin/debconf*", "usr/sbin/dpkg*", "usr/bin/debconf*", "usr/sbin/update-ca-certificates", "usr/bin/openssl"],
  ...[
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/share/doc-base",
    "usr/share/bug",
  ],
  ...["var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "usr/share/pixmaps", "usr/share/python3", "etc/apt"],
  ...["usr/lib/*/gconv", "usr/share/bash-completion", "usr/lib/python3*/lib2to3", "usr/lib/python3*/idlelib", "dev/*"],
];

/** A Debian package in an image. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
}

/** Images that services of this machine begin with. */
export interface LocalBases extends ServiceBases {
  readonly debian: readonly DebianPackage[];
}

/** Entries that a pattern means below a tree; its names may hold `*`. */
function matching(tree: string, pattern: string): string[] {
  let found = [tree];
  for (const part of pattern.split("/")) {
    const expression = new RegExp(`^${part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*")}$`);
    found = found.flatMap((folder) =>
      !part.includes("*")
        ? [join(folder, part)].filter((path) => existsSync(path))
        : readdirSync(folder, { withFileTypes: true })
            .filter((entry) => expression.test(entry.name))
            .map((entry) => join(folder, entry.name)),
    );
  }
  return found;
}

/** Debian's packages that were unpacked, by the names of their archives: `NAME_VERSION_ARCHITECTURE.deb`. */
export function packagesIn(archives: readonly string[]): DebianPackage[] {
  return archives
    .flatMap((file) => {
      const [, name, version] = /^([^_]+)_([^_]+)_[^_]+\.deb$/.exec(file) ?? [];
      return name === undefined || version === undefined ? [] : [{ name, version: decodeURIComponent(version) }];
    })
    .sort((one, other) => one.name.localeCompare(other.name, "en"));
}

/** Certificates in one file, as Debian's own script puts them together after installation. */
function writeCertificates(tree: string): void {
  const folder = join(tree, "usr/share/ca-certificates/mozilla");
  if (!existsSync(folder)) return;
  const names = readdirSync(folder).filter((name) => name.endsWith(".crt"));
  const whole = names.sort().map((name) => readFileSync(join(folder, name), "utf8").trimEnd());
  mkdirSync(join(tree, "etc/ssl/certs"), { recursive: true });
  writeFileSync(join(tree, "etc/ssl/certs/ca-certificates.crt"), `${whole.join("\n")}\n`);
  rmSync(join(tree, "usr/share/ca-certificates"), { recursive: true });
}

function finish(tree: string): void {
  writeCertificates(tree);
  for (const path of dropped.flatMap((pattern) => matching(tree, pattern))) {
    rmSync(path, { recursive: true, force: true });
  }
  for (const folder of ["tmp", "var/tmp", "run", "proc", "sys", "dev", "etc", "opt", "srv", "var/cache"]) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  for (const folder of ["tmp", "var/tmp"]) chmodSync(join(tree, folder), 0o1777);
  const user = String(serviceUser);
  writeFileSync(
    join(tree, "etc/passwd"),
    `root:x:0:0:root:/root:/bin/false\nservice:x:${user}:${user}::/tmp:/bin/false\n`,
  );
  writeFileSync(join(tree, "etc/group"), `root:x:0:\nservice:x:${user}:\n`);
  writeFileSync(join(tree, "etc/nsswitch.conf"), "hosts: files dns\n");
}

/** Unpacks Debian's packages into a tree and lists them; nothing of them is run. */
async function unpack(
  suite: string,
  packages: readonly string[],
  tree: string,
  means: BuildingMeans,
): Promise<DebianPackage[]> {
  const list = `${tree}.packages`;
  const options = ["--variant=extract", "--mode=root", "--format=directory", `--include=${packages.join(",")}`];
  const listing = `ls "$1/var/cache/apt/archives" > "${list}"`;
  const hooks = ["--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", `--extract-hook=${listing}`];
  const excluded = ["man", "info", "locale", "doc/*"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  await execute(
    ["mmdebstrap", ...options, ...hooks, ...excluded, "--dpkgopt=path-include=/usr/share/doc/*/copyright", suite, tree],
    { timeoutSec, signal: means.signal },
  );
  const archives = existsSync(list) ? readFileSync(list, "utf8").split("\n") : [];
  rmSync(list, { force: true });
  return packagesIn(archives);
}

/** Has the engine make an image of a tree alone. */
async function imageOf(tree: string, reference: string, folder: string, means: BuildingMeans): Promise<void> {
  const times = [`--mtime=@${String(epoch)}`, "--owner=0", "--group=0", "--numeric-owner", "--sort=name"];
  const archive = join(folder, "tree.tar");
  await execute(["tar", "--create", `--file=${archive}`, ...times, `--directory=${tree}`, "."], {
    timeoutSec: 300,
    signal: means.signal,
  });
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  writeFileSync(join(folder, "Dockerfile"), `FROM scratch\nADD tree.tar /\nENV PATH=${path}\n`);
  await execute(buildCommand(engineOf(means.machine), { folder, reference, layers: false }), {
    timeoutSec,
    signal: means.signal,
  });
  rmSync(archive);
}

async function makeBase(
  suite: string,
  packages: readonly string[],
  reference: string,
  folder: string,
  means: BuildingMeans,
): Promise<DebianPackage[]> {
  const tree = join(folder, "tree");
  means.status(`base of Debian ${suite}: ${String(packages.length)} packages`);
  const debian = await unpack(suite, packages, tree, means);
  finish(tree);
  await imageOf(tree, reference, folder, means);
  return debian;
}

async function makeTools(suite: string, reference: string, folder: string, means: BuildingMeans): Promise<void> {
  const tree = join(folder, "tools");
  means.status("image with the installer");
  await unpack(suite, ["binutils"], tree, means);
  for (const path of ["usr/share", "var", "etc"].flatMap((pattern) => matching(tree, pattern))) {
    rmSync(path, { recursive: true, force: true });
  }
  mkdirSync(join(tree, "usr/local/bin"), { recursive: true });
  copyFileSync(required(means.machine, "uv", means.machine.uv).command, join(tree, "usr/local/bin/uv"));
  await imageOf(tree, reference, folder, means);
}

const shortDigest = (parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);

/** Names of the images that services with these needs begin with. */
function namesOf(machine: Machine, python: string, packages: readonly string[]): ServiceBases {
  const uv = readFileSync(required(machine, "uv", machine.uv).command);
  const digest = createHash("sha256").update(uv).digest("hex");
  return {
    base: `localhost/underlay-python:${python}-${shortDigest([revision, packages, dropped])}`,
    tools: `localhost/underlay-python-tools:${shortDigest([revision, python, digest])}`,
  };
}

/** What bases are made of, and where what they have is noted. */
interface BasesArgs {
  /** Such as `3.11`. */
  readonly python: string;
  /** Debian's packages that distributions ask for. */
  readonly system: readonly string[];
  /** Folder that is kept. */
  readonly cache: string;
}

function basesOf({ python, system, cache }: BasesArgs, machine: Machine) {
  const suite = suites[python];
  if (suite === undefined) {
    throw new UnderlayError(
      "python-base-missing",
      `Debian has no Python ${python}: its releases have ${Object.keys(suites).join(" and ")}.`,
      "Use --base registry, where one is reachable, or --python 3.11.",
    );
  }
  const packages = [...basePackages(python), ...system].sort();
  const names = namesOf(machine, python, packages);
  const list = join(cache, `${names.base.split(":")[1] ?? ""}.json`);
  const debian = existsSync(list) ? (JSON.parse(readFileSync(list, "utf8")) as DebianPackage[]) : null;
  return { suite, packages, names, list, noted: debian === null ? null : { ...names, debian } };
}

/** The images that a service begins with and what they have, as far as they were made once. */
export async function localBases(args: BasesArgs, means: BuildingMeans): Promise<LocalBases> {
  return basesOf(args, means.machine).noted ?? makeBases(args, means);
}

/**
 * Makes the images that a service begins with from Debian's packages, where this machine does not have them yet: no registry
 * is asked.
 *
 * @throws UnderlayError `python-base-missing`, `image-needs-root`, `command-failed`
 */
export async function makeBases(args: BasesArgs, means: BuildingMeans): Promise<LocalBases> {
  const { suite, packages, names, list, noted } = basesOf(args, means.machine);
  if (noted !== null && (await hasImage(means.machine, names.base, names.tools))) return noted;
  if (process.getuid?.() !== 0) {
    throw new UnderlayError(
      "image-needs-root",
      "A base of Debian's packages is unpacked by root alone.",
      "Use --base registry, where one is reachable.",
    );
  }
  mkdirSync(args.cache, { recursive: true });
  const debian = await means.inFolder((folder) => makeBase(suite, packages, names.base, folder, means));
  if (!(await hasImage(means.machine, names.tools))) {
    await means.inFolder((folder) => makeTools(suite, names.tools, folder, means));
  }
  writeFileSync(list, JSON.stringify(debian));
  return { ...names, debian };
}
