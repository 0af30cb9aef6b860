// Python's compiled byte code. Without it every import compiles anew: TensorFlow starts more than twice as slowly.
import { sitePackages } from "./recipe.mjs";
import { runInside } from "./inside.mjs";

/**
 * Compiles all Python of a tree by the tree's own Python. The byte code is never checked against its source: the tree
 * is never written to, and its files all have one time.
 *
 * @param {string} tree The tree.
 * @param {{ isRoot: boolean, log: (text: string) => void }} means How.
 */
export async function compile(tree, { isRoot, log }) {
  const folders = ["/usr/lib/python3", "/usr/lib/python3.11", `/${sitePackages}`];
  const args = ["-q", "-f", "-j", "0", "--invalidation-mode", "unchecked-hash", ...folders];
  // compileall fails when any file does; some packages ship files of other Pythons for their own tests.
  // `-B` and `-f`: what this Python itself imports meanwhile must not be stored its own way, with a time in it.
  const program = "import compileall, sys; sys.argv = ['compileall', *sys.argv[1:]]; compileall.main()";
  await runInside(tree, ["/usr/bin/python3", "-B", "-c", program, ...args], { isRoot, log, timeoutSec: 900 });
  const proof = "import json, importlib.util as u; p = u.cache_from_source(json.__file__); open(p).close()";
  await runInside(tree, ["/usr/bin/python3", "-c", proof], { isRoot, log });
}
