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
 * What lets a process have a root and namespaces of its own.
 *
 * @param {boolean} isRoot Whether this is root.
 * @returns {string} What to do.
 */
function namespacesRemedy(isRoot) {
  return isRoot
    ? "Inside a container, start it with the right to mount (`--privileged`, or the capability SYS_ADMIN)."
    : "Allow user namespaces (`sudo sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu also " +
        "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`), or run as root.";
}

/**
 * Bubblewrap, which gives a process a root of its own.
 *
 * @param {Context} context What set-up knows.
 * @returns {Promise<import("../finding.mjs").Found<string>>} Its program.
 */
export async function bubblewrapStep({ isRoot }) {
  const command = findCommand("bwrap");
  if (command === null) {
    const remedy = "Install bubblewrap (Debian and Ubuntu: `sudo apt-get install bubblewrap`).";
    return { part: null, status: "missing", detail: "bwrap is not on PATH", remedy };
  }
  const { code, stderr } = await attempt(command, ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "true"]);
  if (code === 0) {
    return { part: command, status: "ok", detail: command };
  }
  const detail = `${command} starts nothing: ${(stderr.split("\n")[0] ?? "").trim()}`;
  return { part: null, status: "missing", detail, remedy: namespacesRemedy(isRoot) };
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
  const inUserNamespace =
    (await attempt("unshare", ["--user", "--map-root-user", "--mount", "--net", "true"])).code === 0;
  const ownNamespaces =
    inUserNamespace || (isRoot && (await attempt("unshare", ["--mount", "--net", "true"])).code === 0);
  const namespaces = `user namespaces ${inUserNamespace ? "work" : "are not allowed"}`;
  const detail = `${isRoot ? "root" : "an ordinary user"}, ${namespaces}, ${cgroups()}`;
  return ownNamespaces
    ? { part: true, status: "ok", detail }
    : { part: null, status: "degraded", detail, remedy: namespacesRemedy(isRoot) };
}
