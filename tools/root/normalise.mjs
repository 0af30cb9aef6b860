// Makes a tree the same wherever it was made: owners, modes, times, and nothing of the machine that made it.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { run } from "../run.mjs";
import { dropped, epoch, folders, sitePackages } from "./recipe.mjs";

/**
 * Removes what must not be in the tree, and adds the first program of a guest.
 *
 * @param {string} tree The tree.
 * @param {string} init File that becomes `/usr/local/sbin/underlay-init`.
 */
export function clean(tree, init) {
  for (const pattern of dropped) {
    expand(tree, pattern).forEach((file) => rmSync(file, { recursive: true, force: true }));
  }
  forgetEntryPoints(path.join(tree, sitePackages));
  for (const folder of folders) {
    mkdirSync(path.join(tree, folder), { recursive: true });
  }
  rmSync(path.join(tree, "etc/resolv.conf"), { force: true });
  writeFileSync(path.join(tree, "etc/resolv.conf"), "");
  writeFileSync(path.join(tree, "etc/hostname"), "underlay\n");
  writeFileSync(path.join(tree, "etc/hosts"), "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
  writeFileSync(path.join(tree, "etc/machine-id"), "");
  const target = path.join(tree, "usr/local/sbin/underlay-init");
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(init, target);
  chmodSync(target, 0o755);
}

/**
 * Takes entry points out of the packages' own lists of files: they are dropped, and their hashes tell the machine.
 *
 * @param {string} packages A folder of Python packages.
 */
function forgetEntryPoints(packages) {
  for (const record of expand(packages, "*.dist-info").map((folder) => path.join(folder, "RECORD"))) {
    if (existsSync(record)) {
      const lines = readFileSync(record, "utf8").split("\n");
      writeFileSync(record, lines.filter((line) => !/^(?:\.\.\/)*bin\//.test(line)).join("\n"));
    }
  }
}

/**
 * @param {string} tree The tree.
 * @param {string} pattern A path in it; its last name may hold one `*`.
 */
function expand(tree, pattern) {
  const folder = path.join(tree, path.dirname(pattern));
  const name = path.basename(pattern);
  if (!name.includes("*")) {
    return [path.join(folder, name)];
  }
  const [start = "", end = ""] = name.split("*");
  try {
    return readdirSync(folder)
      .filter((entry) => entry.startsWith(start) && entry.endsWith(end))
      .map((entry) => path.join(folder, entry));
  } catch {
    return []; // No such folder in this tree.
  }
}

/**
 * Gives every file the same owner, time and readable mode. Everything belongs to root, nothing is set-uid: the tree has
 * no users of its own, and who binds it may be any user of this machine.
 *
 * @param {string} tree The tree.
 * @param {boolean} isRoot Whether owners can be set; otherwise the archives say root.
 */
export async function level(tree, isRoot) {
  if (isRoot) {
    await run("chown", ["--recursive", "--no-dereference", "0:0", tree], { timeoutSec: 120 });
  }
  await run("chmod", ["--recursive", "u+rwX,a+rX,ug-s", tree], { timeoutSec: 120 });
  for (const folder of ["tmp", "var/tmp"]) {
    chmodSync(path.join(tree, folder), 0o1777);
  }
  chmodSync(tree, 0o755);
  const touch = ["touch", "--no-dereference", `--date=@${epoch}`, "{}", "+"];
  await run("find", [tree, "-depth", "-exec", ...touch], { timeoutSec: 300 });
}
