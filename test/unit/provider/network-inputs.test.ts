import { expect } from "chai";
import { networkInputsSchema, sandboxInputsSchema } from "../../../provider/inputs.ts";
import { plannedAttachment } from "../../../provider/network/attach.ts";
import { portName } from "../../../provider/network/link.ts";
import { fullMachine } from "../../support/machine-file.ts";
import { hostAttachment, networkLink, sandboxInputs } from "../../support/provider-inputs.ts";

const runId = "r0123abcde";
type Change = Readonly<Record<string, unknown>>;

const lan = (own: Change = {}) => ({ link: networkLink(), hostName: "one", address: "198.18.0.1", ...own });
const process_ = (network: Change) => ({ ...sandboxInputs(runId), network });
const container = (network: Change, change: Change = {}) => ({
  ...process_(network),
  ...{
    name: "box",
    kind: "container",
    environment: "container-on-bare-metal",
    onAttachment: hostAttachment,
    ...change,
  },
});

/** Complaints, each with its property. */
function complaints(parsed: ReturnType<typeof sandboxInputsSchema.safeParse | typeof networkInputsSchema.safeParse>) {
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("the inputs of a network", () => {
  it("are 1 Gbit/s without a delay, among addresses for benchmarks, unless others are given", () => {
    expect(networkInputsSchema.parse({ name: "lan", runId })).to.deep.equal({ ...networkLink(), runId });
  });

  for (const [what, change, why] of [
    ["no rate", { rateMbitPerSec: 0 }, "rateMbitPerSec: must be at least 1 Mbit/s"],
    ["too high a rate", { rateMbitPerSec: 1e6 }, "rateMbitPerSec: must be at most 100000 Mbit/s"],
    ["a negative delay", { latencyMs: -1 }, "latencyMs: must not be negative"],
    ["addresses twice", { overlaySubnet: "198.18.0.0/25" }, "overlaySubnet: must have no address in common"],
    ["a single address", { subnet: "198.18.0.1" }, "subnet: must be a range of IPv4 addresses"],
  ] as const) {
    it(`are refused with ${what}`, () => {
      const found = complaints(networkInputsSchema.safeParse({ name: "lan", runId, ...change }));
      expect(found).to.have.lengthOf(1);
      expect(found[0]).to.include(why);
    });
  }
});

describe("how a sandbox joins a network", () => {
  const refused: readonly (readonly [string, Change, string])[] = [
    [
      "an address of another range",
      process_(lan({ address: "198.19.0.1" })),
      "network.address: must be an address of a host within 198.18.0.0/24",
    ],
    [
      "the address of the range itself",
      process_(lan({ address: "198.18.0.0" })),
      "network.address: must be an address",
    ],
    ["no address", process_(lan({ address: undefined })), "network.address: must be an address"],
    ["an overlay for a process", process_(lan({ overlay: "vxlan" })), "network.overlay: is for containers only"],
    [
      "a name for itself that all have",
      process_(lan({ hostName: "localhost" })),
      "network.hostName: must not be `localhost`",
    ],
    ["a name that no host may have", process_(lan({ hostName: "a_b" })), "network.hostName: must be 1 to 63"],
    [
      "its own name as the network's",
      process_(lan({ link: networkLink({ name: "bare-metal-sandbox" }) })),
      "network.link.name: must not be",
    ],
    [
      "a container off the overlay",
      container(lan()),
      "network.address: must be an address of a host within 198.19.0.0/24",
    ],
    [
      "a container whose host is elsewhere",
      container(lan(), { onAttachment: { ...hostAttachment, network: "wan" } }),
      "onAttachment: must be that of the container's host in the network `lan`",
    ],
    ["a container whose host has none", container(lan(), { onAttachment: undefined }), "onAttachment: must be"],
    [
      "a container in a container",
      container(lan(), { onAttachment: { ...hostAttachment, overlay: "vxlan" } }),
      "onAttachment: must be",
    ],
    [
      "an address of its own on its host's link",
      container(lan({ overlay: "host" })),
      "network.address: must be left out",
    ],
  ];
  for (const [what, inputs, why] of refused) {
    it(`is refused with ${what}`, () => {
      const found = complaints(sandboxInputsSchema.safeParse(inputs));
      expect(found).to.have.lengthOf(1);
      expect(found[0]).to.include(why);
    });
  }

  const attachment = (inputs: Change) => plannedAttachment(sandboxInputsSchema.parse(inputs), fullMachine);

  it("is nothing without a network", () => {
    expect(attachment(sandboxInputs(runId))).to.equal(null);
  });

  it("is a namespace of its own for a process", () => {
    expect(attachment(process_(lan()))).to.deep.equal({
      ...{ network: "lan", hostName: "one", address: "198.18.0.1", overlayAddress: null, overlay: "none" },
      ...{ device: "eth0", port: portName("bare-metal-sandbox"), namespace: "underlay-r0123abcde-bare-metal-sandbox" },
      ...{ rateMbitPerSec: 1000, latencyMs: 0 },
    });
  });

  it("is a second device for a guest", () => {
    expect(attachment({ ...process_(lan()), kind: "vm" })).to.include({ device: "vec1", namespace: null });
    const inputs = sandboxInputsSchema.parse({ ...process_(lan()), kind: "vm" });
    const guestKernel = { ...fullMachine.guestKernel!, kind: "kvm" as const };
    expect(plannedAttachment(inputs, { ...fullMachine, guestKernel })?.device).to.equal("eth1");
  });

  it("is an address on the overlay for a container, over its host's", () => {
    expect(attachment(container(lan({ address: "198.19.0.7" })))).to.include({
      ...{ address: "198.18.0.1", overlayAddress: "198.19.0.7", overlay: "vxlan" },
      ...{ port: hostAttachment.port, namespace: "underlay-r0123abcde-box" },
    });
  });

  it("is its host's namespace for a container on its host's link", () => {
    expect(attachment(container(lan({ address: undefined, overlay: "host" })))).to.deep.equal({
      ...hostAttachment,
      ...{ hostName: "one", overlay: "host" },
    });
  });
});
