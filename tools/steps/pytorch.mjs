// PyTorch, the second framework of the training workload: a folder of packages, made only where it is asked for.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cached, prune, remove } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { notAskedFor } from "../finding.mjs";
import { projectFile } from "../paths.mjs";
import { takeAcceleratorsOut } from "../pytorch/without-accelerators.mjs";
import { runInside } from "../root/inside.mjs";
import { installWheels } from "../root/wheels.mjs";

/** Grows when the making changes what comes out though no file of the key does. */
const revision = 1;
/** Where environments see the packages: what compiled byte code says of its source. */
const place = "/data/pytorch";
/** Where they are seen while they are made. */
const making = "/tmp/pytorch";

/**
 * The framework.
 *
 * @typedef {object} PyTorch
 * @property {string} directory Folder of packages, for the shared root's Python.
 * @property {string} version Such as `2.15.0`.
 */

/**
 * Makes the folder, or finds it in the cache.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {{ uv: Promise<string>, root: () => Promise<import("./root.mjs").Root> }} means The installer, and the shared root.
 * @returns {Promise<import("../finding.mjs").Found<PyTorch>>} The framework.
 */
export async function pytorchStep(context, means) {
  if (!context.extras.includes("pytorch")) {
    return notAskedFor("pytorch", "the framework pytorch");
  }
  const lock = projectFile("tools", "requirements", `workload-pytorch${context.accelerators ? "-cuda" : ""}.txt`);
  const sources = ["elf.mjs", "without-accelerators.mjs"].map((name) => projectFile("tools", "pytorch", name));
  const parent = path.join(context.cache, "pytorch");
  const key = keyOf([process.arch, String(revision), ...[lock, ...sources].map((file) => readFileSync(file))]);
  const folder = await cached(parent, key, (building) => make(context, building, lock, means));
  await prune(parent, 2);
  const version = readFileSync(path.join(folder, "version"), "utf8").trim();
  const directory = path.join(folder, "packages");
  const kind = context.accelerators ? "with NVIDIA's libraries" : "for the CPU";
  return { part: { directory, version }, status: "ok", detail: `${version} ${kind} at ${directory}` };
}

/**
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {string} building An empty folder.
 * @param {string} lock What to install.
 * @param {{ uv: Promise<string>, root: () => Promise<import("./root.mjs").Root> }} means The installer, and the shared root.
 */
async function make({ accelerators, isRoot, log, progress }, building, lock, { uv, root }) {
  const packages = path.join(building, "packages");
  progress("pytorch", "getting PyTorch");
  await installWheels(await uv, lock, packages, log.raw);
  await remove(path.join(packages, "bin")); // Entry points with the building machine's Python in their first line.
  if (!accelerators) {
    await takeAcceleratorsOut(packages, log.raw);
  }
  const { directory } = await root();
  const inRoot = (/** @type {readonly string[]} */ ...args) =>
    runInside(directory, ["/usr/bin/env", `PYTHONPATH=${making}`, "/usr/bin/python3", ...args], {
      isRoot,
      log: log.raw,
      timeoutSec: 900,
      binds: { [making]: packages },
    });
  // As for the root: compileall fails when any file does, and some are of other Pythons; the import is the proof.
  const compile = "import compileall, sys; sys.argv = ['compileall', *sys.argv[1:]]; compileall.main()";
  const times = ["--invalidation-mode", "unchecked-hash", "-s", making, "-p", place];
  await inRoot("-B", "-c", compile, "-q", "-f", "-j", "0", ...times, making);
  // The others are what `DistributedDataParallel` and `torch.compile` import when they are used.
  const modules = "torch, torch._dynamo, torch._inductor.compile_fx, torch.utils.cpp_extension";
  const proof = `import ${modules}; torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3)); `;
  const printed = await inRoot("-B", "-c", `${proof}print(torch.__version__.split('+')[0])`);
  writeFileSync(path.join(building, "version"), printed);
}
