// What set-up only looks at: Node, bubblewrap, accelerators, what this user may do.
import { existsSync, readFileSync } from "node:fs";
import { findCommand } from "../find-command.mjs";
import { attempt } from "../run.mjs";

/** @typedef {import("../context.mjs").Context} Context */

/**
 * Node itself.
 *
 * @returns {Promise<import("../finding.mjs").Found<true>>} Its version.
 */
export async function nodeStep() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const sufficient = major > 20 || (major === 20 && minor >= 19);
  const detail = `${process.version} at ${process.execPath}`;
  return sufficient
    ? { part: true, status: "ok", detail }
    : {
        part: null,
        status: "missing",
        detail: `${detail}, and 20.19 is the oldest that works`,
        remedy: "Install Node 20.19, 22 or 24.",
      };
}

/**
 * Bubblewrap, which gives a process a root of its own.
 *
 * @returns {Promise<import("../finding.mjs").Found<string>>} Its program.
 */
export async function bubblewrapStep() {
  const command = findCommand("bwrap");
  if (command === null) {
    return {
      part: null,
      status: "missing",
      detail: "bwrap is not on PATH",
      remedy: "Install bubblewrap (Debian and Ubuntu: `sudo apt-get install bubblewrap`).",
    };
  }
  const { code, stderr } = await attempt(command, ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "true"]);
  return code === 0
    ? { part: command, status: "ok", detail: command }
    : {
        part: null,
        status: "missing",
        detail: `${command} starts nothing: ${(stderr.split("\n")[0] ?? "").trim()}`,
        remedy:
          "Allow user namespaces (`sudo sysctl kernel.unprivileged_userns_clone=1`, on Ubuntu also `kernel.apparmor_restrict_unprivileged_userns=0`), or run as root.",
      };
}

/**
 * NVIDIA's accelerators.
 *
 * @param {Context} context What set-up knows.
 * @returns {Promise<import("../finding.mjs").Found<string[]>>} Their names.
 */
export async function acceleratorsStep({ accelerators }) {
  const command = findCommand("nvidia-smi");
  const listed =
    command === null
      ? null
      : await attempt(command, ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"], {
          timeoutSec: 30,
        });
  const names = listed?.code === 0 ? listed.stdout.trim().split("\n").filter(Boolean) : [];
  if (names.length > 0 && accelerators) {
    return { part: names, status: "ok", detail: names.join("; ") };
  }
  return accelerators
    ? {
        part: null,
        status: "degraded",
        detail: "/dev/nvidiactl is there, and nvidia-smi lists nothing",
        remedy: "Install the NVIDIA driver's programs (`nvidia-smi`).",
      }
    : { part: [], status: "ok", detail: "none; workloads run on the CPU" };
}

/** Which cgroup hierarchy is mounted. */
function cgroups() {
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) {
    return `cgroup v2 (${readFileSync("/sys/fs/cgroup/cgroup.controllers", "utf8").trim()})`;
  }
  return existsSync("/sys/fs/cgroup/memory") ? "cgroup v1" : "no cgroups";
}

/**
 * What this user may do.
 *
 * @param {Context} context What set-up knows.
 * @returns {Promise<import("../finding.mjs").Found<true>>} Root or not, namespaces, cgroups.
 */
export async function privilegesStep({ isRoot }) {
  const { code } = await attempt("unshare", ["--user", "--map-root-user", "--net", "true"]);
  const namespaces = code === 0;
  const detail = `${isRoot ? "root" : "an ordinary user"}, user namespaces ${namespaces ? "work" : "are not allowed"}, ${cgroups()}`;
  return isRoot || namespaces
    ? { part: true, status: "ok", detail }
    : {
        part: null,
        status: "degraded",
        detail,
        remedy:
          "Allow user namespaces (`sudo sysctl kernel.unprivileged_userns_clone=1`, on Ubuntu also `kernel.apparmor_restrict_unprivileged_userns=0`), or run as root.",
      };
}
