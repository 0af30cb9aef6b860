import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import type { Finding } from "../machine.ts";

/** A graphics card of NVIDIA, as the kernel lists it. */
interface Card {
  readonly address: string;
  /** Its kind, as `10de:2330`. */
  readonly kind: string;
  /** Kernel driver that has it; null without any. */
  readonly driver: string | null;
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
}

function listed(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function cards(root: string): Card[] {
  const devices = join(root, "sys/bus/pci/devices");
  return listed(devices).flatMap((address) => {
    const at = (name: string): string => join(devices, address, name);
    // Class 03 is that of displays; accelerators without an output are among them.
    if (read(at("vendor")) !== "0x10de" || !read(at("class")).startsWith("0x03")) {
      return [];
    }
    const driver = existsSync(at("driver")) ? basename(readlinkSync(at("driver"))) : null;
    return [{ address, kind: `10de:${read(at("device")).slice(2)}`, driver }];
  });
}

function iommu(root: string): Finding {
  const groups = listed(join(root, "sys/kernel/iommu_groups")).length;
  return {
    id: "iommu",
    title: "IOMMU",
    status: groups > 0 ? "ok" : "missing",
    detail: groups > 0 ? `on, with ${String(groups)} groups` : "off: no device can be passed through",
    remedy: groups > 0 ? null : "Turn it on in the firmware (VT-d, AMD-Vi), boot with `intel_iommu=on iommu=pt`.",
  };
}

function gpus(found: readonly Card[]): Finding {
  const base = { id: "gpus", title: "GPUs" };
  if (found.length === 0) {
    return { ...base, status: "missing", detail: "no NVIDIA card on PCI", remedy: "Run it on the compute host." };
  }
  const elsewhere = found.filter(({ driver }) => driver !== "vfio-pci");
  const said = found
    .map(({ address, kind, driver }) => `${address} (${kind}) with ${driver ?? "no driver"}`)
    .join(", ");
  const kinds = [...new Set(elsewhere.map(({ kind }) => kind))].join(",");
  return elsewhere.length === 0
    ? { ...base, status: "ok", detail: said, remedy: null }
    : {
        ...base,
        status: "missing",
        detail: said,
        remedy: `Boot with \`vfio-pci.ids=${kinds}\` and nothing that uses them.`,
      };
}

/** Values of a setting in a section of an INI file. */
function settings(text: string, section: string, name: string): string[] {
  const [, body = ""] = new RegExp(String.raw`^\[${section}\]\s*$([\s\S]*?)(?=^\[|$(?![\s\S]))`, "m").exec(text) ?? [];
  return [...body.matchAll(new RegExp(String.raw`^\s*${name}\s*=\s*(.*)$`, "gm"))].map(([, value = ""]) => value);
}

function nova(root: string, found: readonly Card[]): Finding {
  const base = { id: "nova", title: "nova.conf" };
  const more = join(root, "etc/nova/nova.conf.d");
  const files = [join(root, "etc/nova/nova.conf"), ...listed(more).map((name) => join(more, name))];
  const texts = files.filter((file) => file.endsWith(".conf")).map(read);
  const remedy =
    '[pci] needs `device_spec = {"vendor_id":"10de","product_id":"…"}` and, here and for the API, an `alias` of the same; ' +
    "then restart nova-compute.";
  if (texts.join("") === "") {
    return { ...base, status: "missing", detail: "there is no nova.conf, or it is empty", remedy };
  }
  const given = (name: string): string => texts.flatMap((text) => settings(text, "pci", name)).join(" ");
  const offered = given("device_spec");
  const named = given("alias");
  const lacking = [...new Set(found.map(({ kind }) => kind.slice(5)))].filter(
    (product) => !offered.includes(product) || !named.includes(product),
  );
  const complete = offered !== "" && named !== "" && lacking.length === 0;
  const detail = complete
    ? `offers ${offered} as ${named}`
    : `[pci] has ${offered === "" ? "no device_spec" : offered} and ${named === "" ? "no alias" : named}`;
  return { ...base, status: complete ? "ok" : "missing", detail, remedy: complete ? null : remedy };
}

/**
 * What a compute host lacks for handing whole GPUs to virtual machines.
 *
 * @param root Folder that stands for `/`.
 */
export function passthroughFindings(root = "/"): Finding[] {
  const found = cards(root);
  return [iommu(root), gpus(found), nova(root, found)];
}
