// Runs a program of a tree inside that tree.
import { Unavailable } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { attempt, run } from "../run.mjs";

/**
 * Runs a program with a tree as its root.
 *
 * @param {string} tree The tree.
 * @param {readonly string[]} command Executable and arguments, as paths inside the tree.
 * @param {import("../run.mjs").RunOptions & { isRoot: boolean, binds?: Readonly<Record<string, string>> }} options How;
 *   with `binds`, folders of this machine at paths below `/tmp`, only these can be written to, otherwise the tree can.
 * @returns {Promise<string>} What it printed.
 */
export async function runInside(tree, command, { isRoot, binds = {}, ...options }) {
  const bwrap = findCommand("bwrap");
  const works = bwrap !== null && (await attempt(bwrap, ["--ro-bind", tree, "/", "/bin/true"])).code === 0;
  if (works) {
    const args = [
      ...[
        Object.keys(binds).length === 0 ? "--bind" : "--ro-bind",
        tree,
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/tmp",
        "--die-with-parent",
      ],
      ...Object.entries(binds).flatMap(([inner, outer]) => ["--bind", outer, inner]),
      ...[
        "--chdir",
        "/",
        "--clearenv",
        "--setenv",
        "PATH",
        "/usr/local/bin:/usr/bin:/bin",
        "--setenv",
        "PYTHONHASHSEED",
        "0",
      ],
    ];
    return run(bwrap, [...args, ...command], options);
  }
  if (isRoot && Object.keys(binds).length === 0) {
    const env = { PATH: "/usr/local/bin:/usr/bin:/bin", PYTHONHASHSEED: "0", ...options.env };
    return run("chroot", [tree, ...command], { ...options, env });
  }
  throw new Unavailable(
    "bubblewrap, which runs a program in a root of its own, does not work",
    'See what is said of "Bubblewrap".',
  );
}
