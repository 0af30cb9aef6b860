// Finds out what boots guests: by booting one.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { remove } from "../cache.mjs";
import { attempt } from "../run.mjs";
import { releaseOf, writeProbeDrive } from "./drive.mjs";
import { probeSeconds, qemuArguments, userModeLinuxArguments } from "./kinds.mjs";

/** @typedef {import("./kinds.mjs").GuestKind} GuestKind */
/** @typedef {import("./kinds.mjs").Kernel} Kernel */

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
 * A way to boot guests that is worth trying.
 *
 * @typedef {object} Way
 * @property {GuestKind} kind How.
 * @property {string} command The monitor's program.
 * @property {Kernel | null} kernel The kernel for QEMU; null where there is none yet, or none is needed.
 */

/**
 * Boots a guest with each kind until one comes up.
 *
 * @param {readonly Way[]} ways In order.
 * @param {string} image The root's block image; only read.
 * @param {{ kernelFor: () => Promise<Kernel>, log: (text: string) => void, progress: (text: string) => void }} means
 *   Gets a kernel for QEMU when it comes to that; takes the consoles; is told about what does not boot.
 * @returns {Promise<{ guest: GuestKernel | null, failures: Record<string, string> }>} What boots, and why those before
 *   it do not.
 */
export async function probe(ways, image, { kernelFor, log, progress }) {
  /** @type {Record<string, string>} */
  const failures = {};
  const folder = mkdtempSync(path.join(tmpdir(), "underlay-probe-"));
  try {
    const drive = await writeProbeDrive(folder);
    for (const { kind, command, kernel } of ways) {
      const booted = kind === "user-mode-linux" ? null : (kernel ?? (await kernelFor()));
      const args =
        kind === "user-mode-linux" || booted === null
          ? userModeLinuxArguments(folder, image, drive)
          : qemuArguments(kind, booted, image, drive);
      const { release, reason } = await boot(kind, command, args, { cwd: folder, log });
      if (release !== null) {
        const files = { kernel: booted?.kernel ?? null, initrd: booted?.initrd ?? null };
        return { guest: { kind, command, ...files, release }, failures };
      }
      failures[kind] = reason;
      progress(reason);
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
 * @returns {Promise<{ release: string | null, reason: string }>} Its kernel's release, or null and why there is none.
 */
async function boot(kind, command, args, options) {
  const outcome = await attempt(command, args, { ...options, timeoutSec: probeSeconds[kind] });
  const what = kind === "kvm" ? "KVM: a stock kernel" : kind;
  const how = outcome.timedOut ? `does not come up within ${probeSeconds[kind]} s` : "ends before it is up";
  return { release: releaseOf(outcome.stdout), reason: `${what} ${how}` };
}
