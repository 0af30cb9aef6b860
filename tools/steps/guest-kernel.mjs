// The kernel of virtual machines: KVM where it really boots, else User-Mode Linux, else QEMU's emulation.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { prune, remove } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { Unavailable } from "../finding.mjs";
import { findCommand, identityOf } from "../find-command.mjs";
import { releaseOf, writeProbeDrive } from "../guest/drive.mjs";
import { makeKernel } from "../guest/kernel.mjs";
import { probeSeconds, qemuArguments, qemuName, userModeLinuxArguments } from "../guest/kinds.mjs";
import { attempt } from "../run.mjs";

/** @typedef {import("../context.mjs").Context} Context */
/** @typedef {import("../guest/kinds.mjs").GuestKind} GuestKind */
/** @typedef {import("../guest/kinds.mjs").Kernel} Kernel */

/**
 * What boots guests.
 *
 * @typedef {object} GuestKernel
 * @property {GuestKind} kind How.
 * @property {string} command The monitor's program.
 * @property {string | null} kernel The kernel that it boots; null where it is itself one.
 * @property {string | null} initrd Its initial RAM disk.
 * @property {string} release The kernel's release, as it said when it was booted.
 */

/**
 * What came of the probes, kept until the machine boots anew or one of the programs changes.
 *
 * @typedef {object} Probed
 * @property {GuestKernel | null} guest What boots; null when nothing does.
 * @property {string[]} failures Why the better kinds do not.
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
  const uml = process.arch === "x64" ? findCommand("linux.uml") : null;
  const kvm = context.kvm && qemu !== null;
  // A kernel for QEMU is got while the root is still being made.
  const needed = qemu !== null && (kvm || uml === null);
  const [kernel, { blockImage }] = await Promise.all([needed ? makeKernel(context, engine) : null, root]);
  const probed = await remembered(context, [blockImage, kernel?.kernel ?? ""], () =>
    probe(
      context,
      [
        ...(kvm && kernel !== null ? [{ kind: /** @type {const} */ ("kvm"), command: qemu, kernel }] : []),
        ...(uml === null ? [] : [{ kind: /** @type {const} */ ("user-mode-linux"), command: uml, kernel: null }]),
        ...(qemu === null ? [] : [{ kind: /** @type {const} */ ("qemu-tcg"), command: qemu, kernel }]),
      ],
      blockImage,
      engine,
    ),
  );
  return describe(context, probed);
}

/**
 * @param {Context} context What set-up knows.
 * @param {Probed} probed What came of the probes.
 * @returns {import("../finding.mjs").Found<GuestKernel>} What to say about it.
 */
function describe({ kvm }, { guest, failures }) {
  const why = [...(kvm ? [] : ["KVM: /dev/kvm cannot be opened"]), ...failures].join("; ");
  if (guest === null) {
    const remedy =
      "Install user-mode-linux (Debian and Ubuntu, x86-64) or QEMU; for KVM, let your user open /dev/kvm (group kvm).";
    throw new Unavailable(why === "" ? "neither linux.uml nor QEMU is installed" : `no guest boots: ${why}`, remedy);
  }
  const detail = `${guest.kind} boots ${guest.release} by ${guest.command}${guest.kind === "kvm" ? "" : ` (${why})`}`;
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
 * @param {Context} context What set-up knows.
 * @param {readonly string[]} files What is booted.
 * @param {() => Promise<Probed>} probeNow Finds out.
 */
async function remembered({ cache, force, kvm }, files, probeNow) {
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  const programs = [qemuName, "linux.uml"].map(identityOf);
  const key = keyOf([bootId, String(kvm), ...programs, ...files]);
  const folder = path.join(cache, "probes");
  const file = path.join(folder, `guest-kernel-${key}.json`);
  if (!force && existsSync(file)) {
    /** @type {unknown} */
    const before = JSON.parse(readFileSync(file, "utf8"));
    return /** @type {Probed} */ (before);
  }
  const probed = await probeNow();
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(probed, null, 2)}\n`);
  await prune(folder, 4);
  return probed;
}

/**
 * @param {Context} context What set-up knows.
 * @param {readonly { kind: GuestKind, command: string, kernel: Kernel | null }[]} ways In order.
 * @param {string} image The root's block image.
 * @param {() => Promise<import("../root/debian-tree.mjs").Engine>} engine A container engine, where there is no mmdebstrap.
 * @returns {Promise<Probed>} The first that boots.
 */
async function probe(context, ways, image, engine) {
  const failures = [];
  const folder = mkdtempSync(path.join(tmpdir(), "underlay-probe-"));
  try {
    const drive = await writeProbeDrive(folder);
    for (const { kind, command, kernel } of ways) {
      const booted = kind === "user-mode-linux" ? null : (kernel ?? (await makeKernel(context, engine)));
      const args =
        kind === "user-mode-linux" || booted === null
          ? userModeLinuxArguments(folder, image, drive)
          : qemuArguments(kind, booted, image, drive);
      const end = await boot(kind, command, args, { cwd: folder, log: context.log.raw });
      if (end.release !== null) {
        const files = { kernel: booted?.kernel ?? null, initrd: booted?.initrd ?? null };
        return { guest: { kind, command, ...files, release: end.release }, failures };
      }
      failures.push(end.reason);
      context.progress("guest-kernel", end.reason);
    }
    return { guest: null, failures };
  } finally {
    await remove(folder);
  }
}

/**
 * Boots a guest once.
 *
 * @param {GuestKind} kind Which kind.
 * @param {string} command The monitor's program.
 * @param {readonly string[]} args Its arguments.
 * @param {import("../run.mjs").RunOptions} options Where, and what takes the console.
 * @returns {Promise<{ release: string, reason: "" } | { release: null, reason: string }>} Its kernel's release, or why
 *   there is none.
 */
async function boot(kind, command, args, options) {
  const outcome = await attempt(command, args, { ...options, timeoutSec: probeSeconds[kind] });
  const release = releaseOf(outcome.stdout);
  if (release !== null) {
    return { release, reason: "" };
  }
  const what = kind === "kvm" ? "KVM: a stock kernel" : kind;
  const reason = outcome.timedOut ? `does not come up within ${probeSeconds[kind]} s` : "ends before it is up";
  return { release, reason: `${what} ${reason}` };
}
