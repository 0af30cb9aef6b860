// What serving takes: the libraries of a function's package, AWS's runtime interface client, and torchvision for exports.
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

/**
 * What serving takes.
 *
 * @typedef {object} Serving
 * @property {string} packages Folder of the libraries that go into a function's package.
 * @property {string} runtime Folder of the runtime interface client.
 * @property {string} torchvision Folder of torchvision, on top of PyTorch.
 * @property {string} key Names what the folders were made from.
 */

/** Locks by their folder, with the oldest glibc that their wheels may need. */
const parts = /** @type {const} */ ({
  // AWS Lambda's python3.11 is Amazon Linux 2, with glibc 2.26.
  packages: { lock: "function.txt", glibc: "2.17" },
  runtime: { lock: "function-runtime.txt", glibc: "2.17" },
  torchvision: { lock: "function-models.txt", glibc: "2.28" },
});

/**
 * Makes the folders, or finds them in the cache.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {{ uv: Promise<string>, root: () => Promise<import("./root.mjs").Root> }} means The installer, and the shared root.
 * @returns {Promise<import("../finding.mjs").Found<Serving>>} The folders.
 */
export async function servingStep(context, { uv, root }) {
  if (!context.extras.includes("serving")) {
    return notAskedFor("serving", "functions that serve models");
  }
  const { isRoot, log, progress } = context;
  const locks = Object.values(parts).map(({ lock }) => projectFile("tools", "requirements", lock));
  const parent = path.join(context.cache, "serving");
  const key = keyOf([process.arch, String(revision), ...locks.map((file) => readFileSync(file))]);
  const folder = await cached(parent, key, async (building) => {
    progress("serving", "getting what functions are made of");
    for (const [name, { lock, glibc }] of Object.entries(parts)) {
      const place = path.join(building, name);
      await installWheels(await uv, projectFile("tools", "requirements", lock), place, log.raw, glibc);
      await remove(path.join(place, "bin")); // Entry points with the building machine's Python in their first line.
    }
    // The client is compiled where instances see it: a cold start must not do that, and cannot keep what it compiled.
    const { directory } = await root();
    const binds = { "/tmp/runtime": path.join(building, "runtime") };
    const command = ["/usr/bin/python3", "-S", "-B", "-m", "compileall", "-q", "-f"];
    const options = [
      "--invalidation-mode",
      "unchecked-hash",
      "-s",
      "/tmp/runtime",
      "-p",
      "/var/runtime",
      "/tmp/runtime",
    ];
    await runInside(directory, [...command, ...options], { isRoot, log: log.raw, timeoutSec: 300, binds });
  });
  await prune(parent, 2);
  const part = {
    packages: path.join(folder, "packages"),
    runtime: path.join(folder, "runtime"),
    torchvision: path.join(folder, "torchvision"),
    key,
  };
  return { part, status: "ok", detail: `ONNX Runtime, AWS's runtime interface client and torchvision at ${folder}` };
}
