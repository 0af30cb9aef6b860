// Whether anything has changed since the set-up before.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { digestOf } from "./digest.mjs";
import { identityOf } from "./find-command.mjs";
import { projectFile, repository } from "./paths.mjs";

/** Programs whose change may change what set-up finds. */
const programs = [
  ...[
    "node",
    "npm",
    "pulumi",
    "pulumi-language-nodejs",
    "go",
    "uv",
    "python3",
    "podman",
    "docker",
    "crun",
    "runc",
    "conmon",
  ],
  ...[
    "linux.uml",
    "qemu-system-x86_64",
    "qemu-system-aarch64",
    "mmdebstrap",
    "patchelf",
    "bwrap",
    "mke2fs",
    "nvidia-smi",
    "chromium",
  ],
  ...["google-chrome", "newuidmap", "fuse-overlayfs", "slirp4netns", "ip", "ssh", "tar", "unshare"],
];

/** Devices whose coming and going changes what set-up finds. */
const devices = ["/dev/kvm", "/dev/nvidiactl", "/var/run/docker.sock", "/etc/subuid"];

/**
 * SHA-256 over all that the findings depend on, cheap enough for every start: set-up's own files and locks, the
 * programs' sizes and times, devices, the user, and the boot of this machine.
 *
 * @returns {string} 64 hexadecimal digits.
 */
export function fingerprint() {
  return digestOf([
    repository,
    process.version,
    String(process.getuid?.()),
    readFileSync("/proc/sys/kernel/random/boot_id"),
    ...programs.map(identityOf),
    ...devices.map((file) => `${file}: ${String(existsSync(file))}`),
    ...ownFiles(projectFile("tools")).map((file) => readFileSync(file)),
  ]);
}

/**
 * @param {string} folder A folder.
 * @returns {string[]} Every file below it, in order.
 */
function ownFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return entry.isDirectory() ? ownFiles(file) : [file];
    });
}
