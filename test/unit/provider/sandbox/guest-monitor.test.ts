import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Machine } from "../../../../provider/machine.ts";
import {
  guestAddress,
  hostAddress,
  monitorCommand,
  networkTapName,
  tapName,
} from "../../../../provider/sandbox/guest-monitor.ts";

type GuestKernel = NonNullable<Machine["guestKernel"]>;

const kernels: Readonly<Record<GuestKernel["kind"], GuestKernel>> = {
  "user-mode-linux": {
    kind: "user-mode-linux",
    command: "/usr/bin/linux.uml",
    kernel: null,
    initrd: null,
    release: "6.1",
  },
  kvm: {
    kind: "kvm",
    command: "/usr/bin/qemu-system-x86_64",
    kernel: "/cache/kernel/vmlinuz",
    initrd: "/cache/kernel/initrd.img",
    release: "6.1.0-31-cloud-amd64",
  },
  "qemu-tcg": {
    kind: "qemu-tcg",
    command: "/usr/bin/qemu-system-x86_64",
    kernel: "/cache/kernel/vmlinuz",
    initrd: null,
    release: "6.1.0-31-cloud-amd64",
  },
};
const files = { scratch: "/run/box/scratch", drive: "/run/box/drive.tar", socket: "/run/box" };
const root = "/cache/root.ext4";
const volumes = ["/cache/volumes/a.ext4", "/cache/volumes/b.ext4"];

function command(kind: GuestKernel["kind"], images = volumes, networkAddress: string | null = null): string[] {
  return monitorCommand(kernels[kind], root, files, images, { cpus: 2, memoryMiB: 3072, networkAddress });
}

/** The value that follows an option, of each time that it stands there. */
function values(argv: readonly string[], option: string): string[] {
  return argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ""] : []));
}

describe("the command of a guest's monitor", () => {
  for (const kind of ["user-mode-linux", "kvm", "qemu-tcg"] as const) {
    it(`for ${kind} is, word by word, the one that was checked by hand`, () => {
      const golden = path.join(import.meta.dirname, "golden", `${kind}.txt`);
      expect(existsSync(golden), `${golden} is missing`).to.equal(true);
      expect(`${command(kind).join("\n")}\n`).to.equal(readFileSync(golden, "utf8"));
    });

    it(`for ${kind} starts the guest's own init, and tells it where its configuration is`, () => {
      const words = command(kind).flatMap((word) => word.split(" "));
      expect(words).to.include.members(["init=/usr/local/sbin/underlay-init", "panic=-1"]);
      expect(words).to.include(kind === "user-mode-linux" ? "underlay.drive=/dev/ubdb" : "underlay.drive=/dev/vdb");
      expect(words).to.include(kind === "user-mode-linux" ? "root=/dev/ubda" : "root=/dev/vda");
    });
  }

  it("for User-Mode Linux gives the memory, and a scratch layer over the root that is never written to", () => {
    const argv = command("user-mode-linux");
    expect(argv).to.include.members(["mem=3072M", `ubd0=${files.scratch},${root}`]);
    expect(argv.filter((word) => word.startsWith("ubd") && !word.startsWith("ubd0"))).to.deep.equal([
      `ubd1r=${files.drive}`,
      `ubd2r=${volumes[0] ?? ""}`,
      `ubd3r=${volumes[1] ?? ""}`,
    ]);
    expect(argv.join(" ")).not.to.include("hostfs");
  });

  for (const kind of ["kvm", "qemu-tcg"] as const) {
    it(`for ${kind} gives CPUs and memory, and writes to no image`, () => {
      const argv = command(kind);
      expect(values(argv, "-smp")).to.deep.equal(["2"]);
      expect(values(argv, "-m")).to.deep.equal(["3072M"]);
      const drives = values(argv, "-drive");
      expect(drives).to.have.lengthOf(4);
      expect(drives[0]).to.include(`file=${root},`).and.include("snapshot=on");
      expect(drives.slice(1).filter((drive) => !drive.endsWith("readonly=on"))).to.deep.equal([]);
    });

    it(`for ${kind} has a network of one link, which leads nowhere else`, () => {
      const argv = command(kind);
      expect(values(argv, "-netdev")).to.deep.equal([`tap,id=link,ifname=${tapName},script=no,downscript=no`]);
      expect(argv).to.include.members(["-nodefaults", "-no-user-config"]);
    });
  }

  it("gives a guest that joins a network a second device, whose address is nobody else's", () => {
    const own = "02:75:c6:12:00:05";
    const added = (kind: GuestKernel["kind"]): string[] => {
      const before = command(kind);
      return command(kind, volumes, own).filter((word) => !before.includes(word));
    };
    expect(added("user-mode-linux")).to.deep.equal([`vec1:transport=tap,ifname=tap1,depth=128,gro=1,mac=${own}`]);
    expect(added("kvm")).to.deep.equal([
      "tap,id=network,ifname=tap1,script=no,downscript=no",
      `virtio-net-pci,netdev=network,mac=${own}`,
    ]);
    expect(networkTapName).to.equal("tap1");
  });

  it("doubles a comma in a path, which would end QEMU's option", () => {
    expect(values(command("kvm", ["/a,b.ext4"]), "-drive").at(-1)).to.match(/^file=\/a,,b\.ext4,/);
  });

  it("accelerates under KVM only", () => {
    expect(values(command("kvm"), "-accel")).to.deep.equal(["kvm"]);
    expect(values(command("kvm"), "-cpu")).to.deep.equal(["host"]);
    expect(values(command("qemu-tcg"), "-accel")).to.deep.equal(["tcg,thread=multi"]);
  });

  it("gives an initial RAM disk where there is one", () => {
    expect(values(command("kvm"), "-initrd")).to.deep.equal(["/cache/kernel/initrd.img"]);
    expect(values(command("qemu-tcg"), "-initrd")).to.deep.equal([]);
  });

  it("uses addresses that belong to nobody (RFC 5737)", () => {
    expect([hostAddress, guestAddress]).to.deep.equal(["192.0.2.1", "192.0.2.2"]);
  });
});
