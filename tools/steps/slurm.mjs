// Slurm and munge: Debian's packages, unpacked into the cache. Nothing is installed, so no service of theirs ever starts.
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { unpackPackages } from "../apt.mjs";
import { cached, prune } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { messageOf, notAskedFor, Unavailable } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { run } from "../run.mjs";

/** @typedef {import("../context.mjs").Context} Context */

/** Grows when the making changes what comes out though nothing of the key does. */
const revision = 1;
const wanted = ["slurmctld", "slurmd", "slurm-client", "munge"];
/** Programs that Debian's alternatives would give their names. */
const alternatives = ["slurmctld", "slurmd", "slurmstepd"];

/**
 * The batch system.
 *
 * @typedef {object} Slurm
 * @property {string} directory Folder of the unpacked packages, to be laid over `/usr`.
 * @property {string} version Of Slurm, as Debian names it.
 */

/**
 * The packages that an installation would bring onto this machine, with their versions: what is here already is left out.
 *
 * @param {string} simulated What `apt-get install --simulate` printed.
 * @returns {string[]} Such as `slurmd=22.05.8-4`.
 */
export function packagesIn(simulated) {
  return simulated
    .split("\n")
    .flatMap((line) => {
      const [, name, version] = /^Inst (\S+)(?: \[[^\]]*\])? \((\S+) /.exec(line) ?? [];
      return name === undefined || version === undefined ? [] : [`${name}=${version}`];
    })
    .sort();
}

/**
 * Gets the packages, or finds them in the cache.
 *
 * @param {Context} context What set-up knows.
 * @returns {Promise<import("../finding.mjs").Found<Slurm>>} The batch system.
 */
export async function slurmStep(context) {
  const { cache, distribution, extras, isRoot, log, progress } = context;
  if (!extras.includes("slurm")) {
    return notAskedFor("slurm", "a LocalSlurm");
  }
  if (!distribution.apt || findCommand("dpkg-deb") === null) {
    throw new Unavailable(
      `Slurm's packages are taken from Debian or Ubuntu, and this is ${distribution.name}`,
      "Describe a cluster that stands with SlurmCluster.fromExisting.",
    );
  }
  if (!isRoot) {
    throw new Unavailable("only root may lay Slurm's programs over /usr", "Run set-up as root.");
  }
  const simulate = ["install", "--simulate", "--no-install-recommends", ...wanted];
  const packages = packagesIn(await run("apt-get", simulate, { log: log.raw, timeoutSec: 60 }));
  const parent = path.join(cache, "slurm");
  const folder = await cached(parent, keyOf([String(revision), ...packages]), async (building) => {
    progress("slurm", "getting Slurm");
    try {
      await unpack(building, packages, log.raw);
    } catch (error) {
      const remedy = "Run `sudo apt-get update`, then set-up again.";
      throw new Unavailable(`its packages could not be had: ${messageOf(error)}`, remedy, {
        cause: error,
        lasting: false,
      });
    }
  });
  await prune(parent, 2);
  const directory = path.join(folder, "tree");
  const version = readFileSync(path.join(folder, "version"), "utf8").trim();
  return { part: { directory, version }, status: "ok", detail: `${version} at ${directory}` };
}

/**
 * @param {string} building An empty folder.
 * @param {readonly string[]} packages With their versions; APT checks their hashes.
 * @param {(text: string) => void} log Takes what is printed.
 */
async function unpack(building, packages, log) {
  await unpackPackages(building, packages, log);
  for (const name of alternatives) {
    symlinkSync(`${name}-wlm`, path.join(building, "tree", "usr", "sbin", name));
  }
  const printed = packages.find((name) => name.startsWith("slurmctld=")) ?? "slurmctld=unknown";
  writeFileSync(path.join(building, "version"), printed.slice(printed.indexOf("=") + 1));
}
