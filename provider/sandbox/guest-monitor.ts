import type { Machine } from "../machine.ts";

/** Host's end of the link to its guest: a documentation network (RFC 5737), in a namespace of its own. */
export const hostAddress = "192.0.2.1";
/** Guest's end of that link. */
export const guestAddress = "192.0.2.2";
/** Name of the link's host end, inside that namespace. */
export const tapName = "tap0";

/** Name of the second link's host end, which leads to the network that the guest joins. */
export const networkTapName = "tap1";

/** Files that a guest's monitor works with. */
export interface GuestFiles {
  /** Scratch layer over the root image; made by the monitor, gone with the guest. */
  readonly scratch: string;
  /** Configuration drive: a tar archive on a block device. */
  readonly drive: string;
  /** Folder for the monitor's own control files. */
  readonly socket: string;
}

/** What a guest is given. */
export interface GuestSize {
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Ethernet address of its device on a network; null when it joins none. */
  readonly networkAddress: string | null;
}

type GuestKernel = NonNullable<Machine["guestKernel"]>;

const init = "/usr/local/sbin/underlay-init";

function userModeLinux(
  guest: GuestKernel,
  root: string,
  files: GuestFiles,
  volumes: readonly string[],
  { memoryMiB, networkAddress }: GuestSize,
): string[] {
  const vector = (name: string): string => `transport=tap,ifname=${name},depth=128,gro=1`;
  return [
    guest.command,
    `mem=${String(memoryMiB)}M`,
    "umid=guest",
    `uml_dir=${files.socket}`,
    `ubd0=${files.scratch},${root}`,
    `ubd1r=${files.drive}`,
    ...volumes.map((image, index) => `ubd${String(index + 2)}r=${image}`),
    ...["seccomp=auto", "root=/dev/ubda", "rw", `init=${init}`, "underlay.drive=/dev/ubdb"],
    `vec0:${vector(tapName)}`,
    ...(networkAddress === null ? [] : [`vec1:${vector(networkTapName)},mac=${networkAddress}`]),
    ...["con=null", "con0=null,fd:1", "quiet", "panic=-1"],
  ];
}

function drive(file: string, index: number, options: string): string[] {
  return ["-drive", `file=${file.replaceAll(",", ",,")},format=raw,if=virtio,index=${String(index)},${options}`];
}

function networkDevice(id: string, tap: string, address: string | null): string[] {
  const device = `virtio-net-pci,netdev=${id}${address === null ? "" : `,mac=${address}`}`;
  return ["-netdev", `tap,id=${id},ifname=${tap},script=no,downscript=no`, "-device", device];
}

function qemu(
  guest: GuestKernel,
  root: string,
  files: GuestFiles,
  volumes: readonly string[],
  { cpus, memoryMiB, networkAddress }: GuestSize,
): string[] {
  const append = `root=/dev/vda rw init=${init} underlay.drive=/dev/vdb console=ttyS0 net.ifnames=0 quiet panic=-1`;
  return [
    guest.command,
    ...["-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot"],
    ...(guest.kind === "kvm" ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "max"]),
    ...["-machine", "q35", "-smp", String(cpus), "-m", `${String(memoryMiB)}M`],
    ...["-kernel", guest.kernel ?? "", ...(guest.initrd === null ? [] : ["-initrd", guest.initrd]), "-append", append],
    ...drive(root, 0, "snapshot=on"),
    ...drive(files.drive, 1, "readonly=on"),
    ...volumes.flatMap((image, index) => drive(image, index + 2, "readonly=on")),
    ...networkDevice("link", tapName, null),
    ...(networkAddress === null ? [] : networkDevice("network", networkTapName, networkAddress)),
    ...["-device", "virtio-rng-pci"],
  ];
}

/**
 * Command of a guest's monitor.
 *
 * @param guest the guest kernel that set-up found
 * @param root block image of the shared root, which is never written to
 * @param files what the monitor works with
 * @param volumes block images of the volumes, read only
 * @param size CPUs, memory and networks of the guest
 */
export function monitorCommand(
  guest: GuestKernel,
  root: string,
  files: GuestFiles,
  volumes: readonly string[],
  size: GuestSize,
): string[] {
  return guest.kind === "user-mode-linux"
    ? userModeLinux(guest, root, files, volumes, size)
    : qemu(guest, root, files, volumes, size);
}
