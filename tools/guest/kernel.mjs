// A kernel for QEMU, taken out of Debian's package with the modules it needs to start.
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { cached, prune, remove } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { makeDebianTree } from "../root/debian-tree.mjs";
import { suite } from "../root/recipe.mjs";

const packages = [`linux-image-cloud-${process.arch === "arm64" ? "arm64" : "amd64"}`, "initramfs-tools", "zstd"];

/**
 * Makes a kernel, or finds it in the cache. Its modules lie beside it, as `modules/RELEASE`.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {() => Promise<import("../root/debian-tree.mjs").Engine>} engine A container engine, where there is no mmdebstrap.
 * @returns {Promise<import("./kinds.mjs").Kernel>} The kernel.
 */
export async function makeKernel({ cache, isRoot, log, progress }, engine) {
  const parent = path.join(cache, "kernel");
  const folder = await cached(parent, keyOf([suite, process.arch, ...packages]), async (building) => {
    progress("guest-kernel", "getting a kernel for QEMU");
    const tree = path.join(building, "tree");
    await makeDebianTree(tree, packages, { isRoot, engine, log: log.raw });
    const boot = path.join(tree, "boot");
    const release =
      readdirSync(boot)
        .find((name) => name.startsWith("vmlinuz-"))
        ?.slice("vmlinuz-".length) ?? "";
    copyFileSync(path.join(boot, `vmlinuz-${release}`), path.join(building, "vmlinuz"));
    copyFileSync(path.join(boot, `initrd.img-${release}`), path.join(building, "initrd.img"));
    const modules = path.join(tree, "usr", "lib", "modules");
    const old = path.join(tree, "lib", "modules");
    mkdirSync(path.join(building, "modules"));
    renameSync(path.join(existsSync(modules) ? modules : old, release), path.join(building, "modules", release));
    await remove(tree);
  });
  await prune(parent, 2);
  return { kernel: path.join(folder, "vmlinuz"), initrd: path.join(folder, "initrd.img") };
}
