import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installable, installCommand, missingPackages, unpackArchives } from "../../../tools/apt.mjs";
import { findCommand } from "../../../tools/find-command.mjs";
import { run } from "../../../tools/run.mjs";
import { skip } from "../../support/skip.ts";

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

describe("unpackArchives", () => {
  it("unpacks every archive into one tree and removes them, and installs none", async function () {
    if (findCommand("dpkg-deb") === null) {
      skip(this, "there is no dpkg-deb on this machine");
    }
    const folder = mkdtempSync(join(tmpdir(), "archives-"));
    const [archives, tree] = [join(folder, "archives"), join(folder, "tree")];
    mkdirSync(archives);
    writeFileSync(join(archives, "lock"), "of APT");
    for (const name of ["one", "two"]) {
      const made = join(folder, name);
      mkdirSync(join(made, "DEBIAN"), { recursive: true, mode: 0o755 });
      mkdirSync(join(made, "usr"));
      mkdirSync(join(made, "lib"));
      writeFileSync(join(made, "lib", `lib${name}.so`), name);
      const fields = { Package: name, Version: "1", Architecture: "all", Maintainer: "nobody", Description: name };
      const control = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
      writeFileSync(join(made, "DEBIAN", "control"), control.join(""));
      writeFileSync(join(made, "DEBIAN", "postinst"), `#!/bin/sh\ntouch ${join(folder, "installed")}\n`, {
        mode: 0o755,
      });
      writeFileSync(join(made, "usr", name), name);
      await run("dpkg-deb", ["--build", made, join(archives, `${name}.deb`)]);
    }
    await unpackArchives(archives, tree, () => undefined);
    const unpacked = ["usr", "usr/lib", "usr/lib/libone.so", "usr/lib/libtwo.so", "usr/one", "usr/two"];
    expect(readdirSync(tree, { recursive: true, encoding: "utf8" }).sort()).to.deep.equal(unpacked);
    expect(existsSync(archives)).to.equal(false);
    expect(existsSync(join(folder, "installed"))).to.equal(false);
    rmSync(folder, { recursive: true });
  });
});
