// What ports models to ONNX: converters, the runtime that holds what they make against the original, and scikit-learn.
import { readFileSync } from "node:fs";
import path from "node:path";
import { cached, prune, remove } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { notAskedFor } from "../finding.mjs";
import { projectFile } from "../paths.mjs";
import { runInside } from "../root/inside.mjs";
import { installWheels } from "../root/wheels.mjs";

/** Grows when the making changes what comes out though no file of the key does. */
const revision = 1;
/** Where programs see the packages: what compiled byte code says of its source. */
const place = "/data/onnx";
/** Where they are seen while they are made. */
const making = "/tmp/onnx";

/**
 * The converters.
 *
 * @typedef {object} Onnx
 * @property {string} directory Folder of packages, for the shared root's Python.
 * @property {string} version Of ONNX.
 */

/**
 * Makes the folder, or finds it in the cache.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {{ uv: Promise<string>, root: () => Promise<import("./root.mjs").Root> }} means The installer, and the shared root.
 * @returns {Promise<import("../finding.mjs").Found<Onnx>>} The converters.
 */
export async function onnxStep(context, { uv, root }) {
  if (!context.extras.includes("onnx")) {
    return notAskedFor("onnx", "`underlay models port`");
  }
  const lock = projectFile("tools", "requirements", "onnx.txt");
  const text = readFileSync(lock, "utf8");
  const parent = path.join(context.cache, "onnx");
  const folder = await cached(parent, keyOf([process.arch, String(revision), text]), async (building) => {
    context.progress("onnx", "getting ONNX's converters");
    const packages = path.join(building, "packages");
    await installWheels(await uv, lock, packages, context.log.raw);
    await remove(path.join(packages, "bin")); // Entry points with the building machine's Python in their first line.
    const { directory } = await root();
    const inRoot = (/** @type {readonly string[]} */ ...args) =>
      runInside(directory, ["/usr/bin/env", `PYTHONPATH=${making}`, "/usr/bin/python3", "-B", ...args], {
        isRoot: context.isRoot,
        log: context.log.raw,
        timeoutSec: 900,
        binds: { [making]: packages },
      });
    const times = ["--invalidation-mode", "unchecked-hash", "-s", making, "-p", place];
    // As for the root: compileall fails when any file does, and some are of other Pythons; the import is the proof.
    const compile = "import compileall, sys; sys.argv = ['compileall', *sys.argv[1:]]; compileall.main()";
    await inRoot("-c", compile, "-q", "-f", ...times, making);
    await inRoot("-c", "import onnx, onnxruntime, skl2onnx, sklearn");
  });
  await prune(parent, 2);
  const directory = path.join(folder, "packages");
  const version = /^onnx==(\S+)/m.exec(text)?.[1] ?? "unknown";
  return { part: { directory, version }, status: "ok", detail: `ONNX ${version} and its converters at ${directory}` };
}
