// The kernel of virtual machines: KVM where it really boots, else User-Mode Linux, else QEMU's emulation.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { prune } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { Unavailable } from "../finding.mjs";
import { findCommand, identityOf } from "../find-command.mjs";
import { makeKernel } from "../guest/kernel.mjs";
import { qemuName } from "../guest/kinds.mjs";
import { probe } from "../guest/probe.mjs";
import { findUserModeLinux } from "../guest/user-mode-linux.mjs";

/** @typedef {import("../context.mjs").Context} Context */
/** @typedef {import("../guest/probe.mjs").GuestKernel} GuestKernel */
/** @typedef {import("../guest/probe.mjs").Way} Way */
/** @typedef {import("../guest/kinds.mjs").Kernel} Kernel */

/**
 * What came of the probes, kept until the machine boots anew or one of the programs changes.
 *
 * @typedef {object} Probed
 * @property {GuestKernel | null} guest What boots; null when nothing does.
 * @property {string} image The block image that it booted.
 * @property {Readonly<Record<string, string>>} failures Why other kinds do not boot, by kind.
 */

/**
 * Boots a guest on the shared root, once per kind, until one comes up.
 *
 * @param {Context} context What set-up knows.
 * @param {{ root: Promise<import("./root.mjs").Root>, engine: () => Promise<import("../root/debian-tree.mjs").Engine> }} means
 *   What to boot, and a container engine where there is no mmdebstrap.
 * @returns {Promise<import("../finding.mjs").Found<GuestKernel>>} What boots.
 */
export async function guestKernelStep(context, { root, engine }) {
  const qemu = findCommand(qemuName);
  const kvm = context.kvm && qemu !== null;
  // Kernels are got while the root is still being made.
  const uml = process.arch === "x64" ? await findUserModeLinux(context) : null;
  const needed = qemu !== null && (kvm || uml === null);
  const [kernel, { blockImage }] = await Promise.all([needed ? makeKernel(context, engine) : null, root]);
  /** @type {Way[]} */
  const ways = [
    ...(kvm && kernel !== null ? [{ kind: /** @type {const} */ ("kvm"), command: qemu, kernel }] : []),
    ...(uml === null ? [] : [{ kind: /** @type {const} */ ("user-mode-linux"), command: uml.command, kernel: null }]),
    ...(qemu === null ? [] : [{ kind: /** @type {const} */ ("qemu-tcg"), command: qemu, kernel }]),
  ];
  const makeKernelNow = () => makeKernel(context, engine);
  return describe(context, await remembered(context, ways, blockImage, makeKernelNow), uml?.slow ?? null);
}

/**
 * @param {Context} context What set-up knows.
 * @param {Probed} probed What came of the probes.
 * @param {string | null} slow Why User-Mode Linux is slower than it could be.
 * @returns {import("../finding.mjs").Found<GuestKernel>} What to say about it.
 */
function describe({ kvm }, { guest, failures }, slow) {
  const why = [...(kvm ? [] : ["KVM: /dev/kvm cannot be opened"]), ...Object.values(failures)].join("; ");
  if (guest === null) {
    const remedy =
      "Install user-mode-linux (Debian and Ubuntu, x86-64) or QEMU; for KVM, let your user open /dev/kvm (group kvm).";
    throw new Unavailable(why === "" ? "neither linux.uml nor QEMU is installed" : `no guest boots: ${why}`, remedy);
  }
  const detail = `${guest.kind} boots ${guest.release} by ${guest.command}${guest.kind === "kvm" ? "" : ` (${why})`}`;
  if (guest.kind === "user-mode-linux" && slow !== null) {
    const remedy = "Programs start several times slower in it: give access to /dev/kvm, or run set-up again.";
    return { part: guest, status: "degraded", detail: `${detail}; ${slow}`, remedy, lasting: false };
  }
  return guest.kind === "qemu-tcg"
    ? {
        part: guest,
        status: "degraded",
        detail,
        remedy: "Emulation is an order of magnitude slower: give access to /dev/kvm, or install user-mode-linux.",
      }
    : { part: guest, status: "ok", detail };
}

/**
 * Probes, unless the same was probed since the machine booted. A new root is booted once by what booted the one before;
 * what did not boot that is not tried again, since it waits for its time limit each time.
 *
 * @param {Context} context What set-up knows.
 * @param {readonly Way[]} ways In order.
 * @param {string} image The root's block image.
 * @param {() => Promise<Kernel>} kernelFor Gets a kernel for QEMU when it comes to that.
 * @returns {Promise<Probed>} What came of it.
 */
async function remembered({ cache, force, kvm, log, progress }, ways, image, kernelFor) {
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  const programs = [qemuName, ...ways.map(({ command }) => command)].map(identityOf);
  const key = keyOf([bootId, String(kvm), ...programs, ...ways.map(({ kernel }) => kernel?.kernel ?? "")]);
  const folder = path.join(cache, "probes");
  const file = path.join(folder, `guest-kernel-${key}.json`);
  const before = force || !existsSync(file) ? null : /** @type {Probed} */ (parse(readFileSync(file, "utf8")));
  if (before?.guest && before.image === image && existsSync(image)) {
    return before;
  }
  const known = before?.guest ? before.failures : {};
  const tried = ways.filter(({ kind }) => known[kind] === undefined);
  const now = await probe(tried, image, {
    kernelFor,
    log: log.raw,
    progress: (text) => progress("guest-kernel", text),
  });
  const probed = { ...now, image, failures: { ...known, ...now.failures } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(probed, null, 2)}\n`);
  await prune(folder, 4);
  return probed;
}

/**
 * @param {string} text JSON.
 * @returns {unknown} Its value.
 */
function parse(text) {
  return JSON.parse(text);
}
