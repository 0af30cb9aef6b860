import { expect } from "chai";
import { spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { computePassthroughHandler } from "../../provider/passthrough/compute.ts";
import { passthroughFindings } from "../../provider/passthrough/findings.ts";
import { findCommand } from "../../tools/find-command.mjs";
import { rejectionOf } from "../support/expect-error.ts";
import { quietOperation } from "../support/operation.ts";
import { findShellcheck } from "../support/shellcheck.ts";
import { skip } from "../support/skip.ts";

const card = "0000:17:00.0";
const ofCard = `sys/bus/pci/devices/${card}`;
const spec = '"vendor_id":"10de","product_id":"2330"';

/** A host whose `/etc`, `/sys` and `/proc` are folders, and whose other commands write down that they were called. */
describe("a compute host whose cards guests are given", () => {
  let root: string;
  const write = (file: string, text = ""): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const link = (file: string, target: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    rmSync(join(root, file), { force: true });
    symlinkSync(target, join(root, file));
  };
  const content = (file: string): string => readFileSync(join(root, file), "utf8");
  /** What the kernel does when a driver takes the card. */
  const bind = (driver: string): void => {
    write(`sys/bus/pci/drivers/${driver}/unbind`);
    link(`${ofCard}/driver`, `../../drivers/${driver}`);
  };
  const openedBy = (pid: number, name: string, file: string): void => {
    write(`proc/${String(pid)}/comm`, `${name}\n`);
    link(`proc/${String(pid)}/fd/4`, file);
  };
  /** Commands that were called since the last time. */
  const calls = (): string[] => {
    const lines = content("mnt/log").split("\n").filter(Boolean);
    write("mnt/log");
    return lines;
  };
  const everything = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((name) => lstatSync(join(root, name)).isFile())
        .map((name) => [name, content(name)]),
    );
  const written = (): string[] =>
    Object.keys(everything())
      .filter((name) => name.startsWith("etc/"))
      .sort();
  const inputs = (more: Record<string, unknown> = {}) => {
    const folders = ["etc", "sys", "proc", "mnt"].flatMap((name) => ["--bind", join(root, name), `/${name}`]);
    const argv = [
      "bwrap",
      "--ro-bind",
      "/",
      "/",
      "--dev",
      "/dev",
      ...folders,
      "--setenv",
      "PATH",
      "/mnt/bin:/usr/bin:/bin",
      "--",
    ];
    const given = { name: "cards", connection: { hops: [{ argv, shell: false }] }, sudo: false };
    return computePassthroughHandler.schema.parse({ ...given, devices: ["10de:2330"], alias: "h100", ...more });
  };
  const handler = computePassthroughHandler;
  const install = async (more = {}, warnings: string[] = []) =>
    (await handler.create(inputs(more), quietOperation(warnings))).outputs;

  beforeEach(function () {
    if (findCommand("bwrap") === null) {
      skip(this, "there is no bubblewrap: run `npm test`, which gets it");
    }
    root = mkdtempSync(join(tmpdir(), "compute-"));
    ["etc", "proc", "sys/kernel/iommu_groups"].forEach((name) => mkdirSync(join(root, name), { recursive: true }));
    write("mnt/log");
    for (const command of ["modprobe", "update-grub", "update-initramfs", "systemctl"]) {
      writeExecutable(`mnt/bin/${command}`, '#!/bin/sh\necho "${0##*/} $*" >>/mnt/log\n');
    }
    write(`${ofCard}/vendor`, "0x10de\n");
    write(`${ofCard}/device`, "0x2330\n");
    write(`${ofCard}/class`, "0x030200\n");
    write(`${ofCard}/driver_override`, "(null)\n");
    write("sys/bus/pci/drivers_probe");
    link(`${ofCard}/iommu_group`, "../../../../kernel/iommu_groups/7");
    bind("nvidia");
  });
  const writeExecutable = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text, { mode: 0o755 });
  };
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("has its card with vfio-pci and offered by Nova, and has to be booted for the IOMMU", async () => {
    const warnings: string[] = [];
    const outputs = await install({}, warnings);
    expect(outputs).to.deep.include({ cards: [{ address: card, driver: "nvidia" }], rebootNeeded: true });
    expect(outputs["aliases"]).to.deep.equal([`{${spec},"device_type":"type-PCI","name":"h100"}`]);
    expect(warnings.join()).to.match(/^Reboot the host/);
    expect(content(`${ofCard}/driver_override`)).to.equal("vfio-pci\n");
    expect(content("sys/bus/pci/drivers/nvidia/unbind")).to.equal(card);
    expect(content("sys/bus/pci/drivers_probe")).to.equal(card);
    const called = ["modprobe vfio-pci", "update-grub ", "update-initramfs -u", "systemctl try-restart nova-compute"];
    expect(calls()).to.deep.equal(called);
    expect(content("etc/modprobe.d/underlay-passthrough.conf")).to.match(/^options vfio-pci ids=10de:2330$/m);
    expect(content("etc/default/grub.d/underlay-passthrough.cfg")).to.equal(
      'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX intel_iommu=on iommu=pt"\n',
    );
  });

  it("is what the doctor asks for, and a second time changes nothing", async () => {
    await install();
    bind("vfio-pci");
    mkdirSync(join(root, "sys/kernel/iommu_groups/7"));
    expect(passthroughFindings(root).map(({ id, status }) => `${id} ${status}`)).to.deep.equal([
      ...["iommu ok", "gpus ok", "nova ok"],
    ]);
    calls();
    const before = everything();
    expect(await install()).to.deep.include({ cards: [{ address: card, driver: "vfio-pci" }], rebootNeeded: false });
    expect(calls()).to.deep.equal([]);
    expect(everything()).to.deep.equal(before);
  });

  it("calls a card that could have virtual functions as Nova does", async () => {
    write(`${ofCard}/sriov_totalvfs`, "16\n");
    expect((await install())["aliases"]).to.deep.equal([`{${spec},"device_type":"type-PF","name":"h100"}`]);
  });

  it("is left alone while somebody computes on a card", async () => {
    openedBy(123, "python3", "/dev/nvidia0");
    const before = everything();
    const error = await rejectionOf(install());
    expect(error.code).to.equal("card-in-use");
    expect(error.message).to.include(`${card} is in use by process 123 (python3), by /dev/nvidia0`);
    expect(everything()).to.deep.equal(before);
  });

  it("is left alone where it has no such card", async () => {
    const error = await rejectionOf(install({ devices: ["10de:20b0"] }));
    expect(error.code).to.equal("card-missing");
    expect(error.message).to.include("10de:20b0");
    expect(written()).to.deep.equal([]);
  });

  it("is as it was once that is deleted, and not before its guest is gone", async () => {
    const outputs = await install();
    bind("vfio-pci");
    calls();
    openedBy(456, "qemu-system-x86", "/dev/vfio/7");
    const error = await rejectionOf(handler.delete("id", inputs(), outputs, quietOperation()));
    expect(error.code).to.equal("card-in-use");
    expect(written()).to.have.lengthOf(4);
    rmSync(join(root, "proc/456"), { recursive: true });
    await handler.delete("id", inputs(), outputs, quietOperation());
    expect(written()).to.deep.equal([]);
    expect(content(`${ofCard}/driver_override`)).to.equal("\n");
    expect(content("sys/bus/pci/drivers/vfio-pci/unbind")).to.equal(card);
    expect(calls()).to.deep.equal(["update-grub ", "update-initramfs -u", "systemctl try-restart nova-compute"]);
  });

  it("is known to be as it was made, until somebody takes a file away", async () => {
    const outputs = await install();
    expect(await handler.read("id", inputs(), outputs, quietOperation())).to.deep.equal(outputs);
    rmSync(join(root, "etc/nova/nova.conf.d/underlay-passthrough.conf"));
    expect(await handler.read("id", inputs(), outputs, quietOperation())).to.equal(null);
  });

  it("is prepared by a script that shellcheck finds nothing in", function () {
    const shellcheck = findShellcheck();
    if (shellcheck === null) skip(this, "there is no shellcheck: run `npm test`, which gets it");
    const script = fileURLToPath(new URL("../../provider/passthrough/prepare", import.meta.url));
    expect(spawnSync(shellcheck, [script], { encoding: "utf8" }).stdout).to.equal("");
  });
});
