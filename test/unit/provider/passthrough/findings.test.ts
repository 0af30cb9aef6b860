import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { passthroughFindings } from "../../../../provider/passthrough/findings.ts";

describe("what a compute host lacks for passing GPUs through", () => {
  let root: string;
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), `${text}\n`);
  };
  const card = (address: string, device: string, driver: string | null, vendor = "0x10de", kind = "0x030200"): void => {
    const folder = `sys/bus/pci/devices/${address}`;
    Object.entries({ vendor, device, class: kind }).forEach(([name, value]) => write(`${folder}/${name}`, value));
    if (driver !== null) {
      mkdirSync(path.join(root, "drivers", driver), { recursive: true });
      symlinkSync(path.join(root, "drivers", driver), path.join(root, folder, "driver"));
    }
  };
  const statuses = (): string[] => passthroughFindings(root).map(({ id, status }) => `${id} ${status}`);

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "passthrough-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it("is all of it where nothing is there", () => {
    expect(statuses()).to.deep.equal(["iommu missing", "gpus missing", "nova missing"]);
    expect(passthroughFindings(root).every(({ remedy }) => remedy !== null)).to.equal(true);
  });

  it("is nothing where everything is", () => {
    mkdirSync(path.join(root, "sys/kernel/iommu_groups/7"), { recursive: true });
    card("0000:17:00.0", "0x2330", "vfio-pci");
    card("0000:18:00.0", "0x1533", "igb", "0x8086", "0x020000");
    write(
      "etc/nova/nova.conf",
      '[DEFAULT]\nhost = a\n[pci]\ndevice_spec = {"vendor_id":"10de","product_id":"2330"}\n' +
        'alias = {"vendor_id":"10de","product_id":"2330","name":"h100"}\n[vnc]\nenabled = false',
    );
    expect(statuses()).to.deep.equal(["iommu ok", "gpus ok", "nova ok"]);
  });

  it("is the driver of a card that the host keeps for itself", () => {
    card("0000:17:00.0", "0x2330", "nvidia");
    card("0000:18:00.0", "0x2330", null);
    const [, gpus] = passthroughFindings(root);
    expect(gpus?.detail).to.equal("0000:17:00.0 (10de:2330) with nvidia, 0000:18:00.0 (10de:2330) with no driver");
    expect(gpus?.remedy).to.include("vfio-pci.ids=10de:2330`");
  });

  it("is nothing that a file beside nova.conf has", () => {
    card("0000:17:00.0", "0x2330", "vfio-pci");
    const spec = '{"vendor_id":"10de","product_id":"2330"}';
    write("etc/nova/nova.conf.d/cards.conf", `[pci]\ndevice_spec = ${spec}\nalias = ${spec}`);
    write("etc/nova/nova.conf.d/cards.conf.old", "[pci]\nalias = another");
    expect(statuses()).to.include("nova ok");
  });

  it("is an alias of another card, or one in another section", () => {
    card("0000:17:00.0", "0x2330", "vfio-pci");
    const spec = 'device_spec = {"vendor_id":"10de","product_id":"2330"}';
    for (const text of [
      `[pci]\n${spec}\nalias = {"product_id":"1db4"}`,
      `[pci]\n${spec}`,
      `[pci]\n${spec}\n[api]\nalias = {"product_id":"2330"}`,
    ]) {
      write("etc/nova/nova.conf", text);
      expect(statuses()).to.include("nova missing");
    }
  });
});
