import { expect } from "chai";
import { qemuArguments, userModeLinuxArguments } from "../../../../tools/guest/kinds.mjs";

const kernel = { kernel: "/k/vmlinuz", initrd: "/k/initrd.img" };

describe("userModeLinuxArguments", () => {
  it("puts a scratch layer over the image and only reads the drive", () => {
    const args = userModeLinuxArguments("/tmp/p", "/root.ext4", "/drive.tar");
    expect(args).to.include.members(["ubd0=/tmp/p/scratch,/root.ext4", "ubd1r=/drive.tar", "root=/dev/ubda"]);
  });
});

describe("qemuArguments", () => {
  it("leaves image and drive as they are", () => {
    const args = qemuArguments("kvm", kernel, "/a,b/root.ext4", "/drive.tar");
    expect(args).to.include("file=/a,,b/root.ext4,format=raw,if=virtio,index=0,snapshot=on");
    expect(args).to.include("file=/drive.tar,format=raw,if=virtio,index=1,readonly=on");
  });

  it("asks for the host's CPU under KVM alone", () => {
    expect(qemuArguments("kvm", kernel, "i", "d").join(" ")).to.contain("-accel kvm -cpu host");
    expect(qemuArguments("qemu-tcg", kernel, "i", "d").join(" ")).to.contain("-accel tcg,thread=multi -cpu max");
  });
});
