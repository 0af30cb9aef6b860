// PyTorch for machines without accelerators, out of the wheel for those with them: no other is in the package registry.
// Its code stays as it is; what goes is the vendor's libraries, gigabytes that nothing calls without a driver.
import { readdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { attempt } from "../run.mjs";
import { readNeeded, readSections, weakenMissing } from "./elf.mjs";

/** Libraries of the vendor, by the names that PyTorch's own libraries need them by. */
const vendors = /^lib(?:cu|nv|nccl)[A-Za-z_]*\.so/;
/** An empty library of the wheel, which stands in for each of them. */
const standIn = "libtorch_global_deps.so";
/** Machine code of accelerators, two thirds of the library that has it. */
const acceleratorCode = ".nv_fatbin";

/**
 * What only building against PyTorch by CMake takes, and a library that is loaded on demand, by accelerators alone. The
 * headers stay: kernels that `torch.compile` makes are compiled against them.
 */
const dropped = ["torch/share", "torch/bin/protoc", "torch/bin/protoc-3.21.12.0", "torch/lib/libtorch_cuda_linalg.so"];

/**
 * Takes the accelerators out of an installed wheel. What is left imports, finds no accelerator and computes on the CPU.
 *
 * @param {string} packages Folder of the packages, with the wheel of the CUDA runtime (2 MB), which is really loaded.
 * @param {(text: string) => void} log Takes what is printed.
 */
export async function takeAcceleratorsOut(packages, log) {
  dropped.forEach((name) => rmSync(path.join(packages, name), { recursive: true, force: true }));
  const folder = path.join(packages, "torch", "lib");
  const runtime = readdirSync(path.join(packages, "nvidia"), { recursive: true, encoding: "utf8" });
  const there = new Set(runtime.map((file) => path.basename(file)));
  const libraries = readdirSync(folder).filter((name) => /\.so(?:\.|$)/.test(name));
  const needed = new Map(libraries.map((name) => [name, readNeeded(path.join(folder, name)).filter(isVendors)]));
  for (const name of new Set([...needed.values()].flat().filter((each) => !there.has(each)))) {
    symlinkSync(standIn, path.join(folder, name));
  }
  for (const name of libraries.filter((each) => (needed.get(each) ?? []).length > 0)) {
    weakenMissing(path.join(folder, name));
    await freeAcceleratorCode(path.join(folder, name), log);
  }
}

/** @param {string} library Its name. */
function isVendors(library) {
  return vendors.test(library);
}

/**
 * Gives back the space of machine code for accelerators; where the file system cannot, it stays.
 *
 * @param {string} file A shared library.
 * @param {(text: string) => void} log Takes what is printed.
 */
async function freeAcceleratorCode(file, log) {
  const section = readSections(file).find(({ name }) => name === acceleratorCode);
  if (section !== undefined) {
    const range = ["--offset", String(section.offset), "--length", String(section.size)];
    await attempt("fallocate", ["--punch-hole", ...range, file], { log });
  }
}
