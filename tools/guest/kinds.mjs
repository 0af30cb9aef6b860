// The kinds of guest, and how each is started.
import path from "node:path";

/** @typedef {"kvm" | "user-mode-linux" | "qemu-tcg"} GuestKind */

/**
 * A kernel for QEMU.
 *
 * @typedef {object} Kernel
 * @property {string} kernel The kernel itself.
 * @property {string} initrd Its initial RAM disk.
 */

/** Seconds that a probe may take. A kernel that boots at all is far faster; one that hangs is not worth more. */
export const probeSeconds = /** @type {const} */ ({ kvm: 15, "user-mode-linux": 60, "qemu-tcg": 120 });

/** Name of QEMU's program here. */
export const qemuName = process.arch === "arm64" ? "qemu-system-aarch64" : "qemu-system-x86_64";

const init = "init=/usr/local/sbin/underlay-init";

/**
 * Arguments that boot a root with User-Mode Linux.
 *
 * @param {string} folder For the scratch layer and control files.
 * @param {string} image The root's block image; only read.
 * @param {string} drive The configuration drive.
 * @returns {string[]} The arguments.
 */
export function userModeLinuxArguments(folder, image, drive) {
  return [
    ...[
      "mem=256M",
      "umid=probe",
      `uml_dir=${folder}`,
      `ubd0=${path.join(folder, "scratch")},${image}`,
      `ubd1r=${drive}`,
    ],
    ...[
      "seccomp=auto",
      "root=/dev/ubda",
      "rw",
      init,
      "underlay.drive=/dev/ubdb",
      "con=null",
      "con0=null,fd:1",
      "quiet",
      "panic=-1",
    ],
  ];
}

/**
 * Arguments that boot a root with QEMU.
 *
 * @param {"kvm" | "qemu-tcg"} kind What runs the instructions.
 * @param {Kernel} kernel The kernel.
 * @param {string} image The root's block image; only read.
 * @param {string} drive The configuration drive.
 * @returns {string[]} The arguments.
 */
export function qemuArguments(kind, { kernel, initrd }, image, drive) {
  const arm = process.arch === "arm64";
  const file = (/** @type {string} */ name) => `file=${name.replaceAll(",", ",,")},format=raw,if=virtio`;
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot", "-m", "512M"],
    ...(kind === "kvm" ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "max"]),
    ...["-machine", arm ? "virt" : "q35", "-kernel", kernel, "-initrd", initrd],
    ...[
      "-append",
      `root=/dev/vda rw ${init} underlay.drive=/dev/vdb console=${arm ? "ttyAMA0" : "ttyS0"} quiet panic=-1`,
    ],
    ...["-drive", `${file(image)},index=0,snapshot=on`, "-drive", `${file(drive)},index=1,readonly=on`],
  ];
}
