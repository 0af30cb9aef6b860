import { expect } from "chai";
import { installable, installCommand, missingPackages } from "../../../tools/apt.mjs";

type Presence = Parameters<typeof missingPackages>[0];

function machine(commands: readonly string[], presence: Partial<Presence> = {}): Presence {
  return {
    has: (command) => commands.includes(command),
    exists: () => false,
    kvm: false,
    root: true,
    distribution: "debian",
    development: false,
    architecture: "x64",
    ...presence,
  };
}

const everything = [
  "podman",
  "conmon",
  "runc",
  "linux.uml",
  "patchelf",
  "mmdebstrap",
  "bwrap",
  "mke2fs",
  "tar",
  "ip",
  "ssh",
  "unshare",
  "python3",
];

describe("missingPackages", () => {
  it("is empty when every program is there", () => {
    expect(missingPackages(machine(everything))).to.deep.equal([]);
  });

  it("names the package of each missing program, sorted", () => {
    const without = everything.filter((command) => !["linux.uml", "bwrap", "ip"].includes(command));
    expect(missingPackages(machine(without))).to.deep.equal(["bubblewrap", "iproute2", "user-mode-linux"]);
  });

  it("takes QEMU only where /dev/kvm can be opened", () => {
    expect(missingPackages(machine(everything, { kvm: true }))).to.deep.equal(["qemu-system-x86"]);
    expect(missingPackages(machine([...everything, "qemu-system-x86_64"], { kvm: true }))).to.deep.equal([]);
  });

  it("takes what rootless containers need for an ordinary user only", () => {
    expect(missingPackages(machine(everything, { root: false }))).to.deep.equal([
      "fuse-overlayfs",
      "slirp4netns",
      "uidmap",
    ]);
  });

  it("leaves podman out where docker's engine is there", () => {
    const docker = [...everything.filter((command) => command !== "podman" && command !== "conmon"), "docker"];
    expect(missingPackages(machine(docker, { exists: (file) => file === "/var/run/docker.sock" }))).to.deep.equal([]);
    expect(missingPackages(machine(docker))).to.deep.equal(["conmon", "podman"]);
  });

  it("takes Debian's keys on a distribution that is not Debian, and no browser that is a snap", () => {
    const ubuntu = machine(everything, { distribution: "ubuntu", development: true });
    expect(missingPackages(ubuntu)).to.deep.equal(["debian-archive-keyring"]);
    expect(missingPackages(machine(everything, { development: true }))).to.deep.equal(["chromium"]);
  });

  it("takes QEMU instead of User-Mode Linux on ARM", () => {
    const arm = everything.filter((command) => command !== "linux.uml");
    expect(missingPackages(machine(arm, { architecture: "arm64" }))).to.deep.equal(["qemu-system-arm"]);
  });
});

describe("installable", () => {
  it("keeps the packages that have a candidate", () => {
    const policy = [
      "podman:",
      "  Installed: (none)",
      "  Candidate: 4.3.1+ds1-8",
      "  Version table:",
      "     4.3.1+ds1-8 500",
      "user-mode-linux:",
      "  Installed: (none)",
      "  Candidate: (none)",
      "  Version table:",
      "",
    ].join("\n");
    expect(installable(policy)).to.deep.equal(["podman"]);
    expect(installable("")).to.deep.equal([]);
  });
});

describe("installCommand", () => {
  it("is what a person would type", () => {
    expect(installCommand(["podman", "runc"])).to.equal(
      "sudo apt-get update && sudo apt-get install --no-install-recommends podman runc",
    );
  });
});
