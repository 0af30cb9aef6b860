/** Inputs and states of the provider's resources that are right, for tests that change one thing. */
import type { Attachment, NetworkLink } from "../../measure/network.ts";
import type { UnderlayProvider } from "../../provider/provider.ts";
import { UnderlayProvider as Provider } from "../../provider/provider.ts";
import { resourceTypes } from "../../provider/resource-types.ts";
import { factsOf } from "../fixtures/report/fixture.ts";

/** What the provider said, and what the engine would have been told. */
export interface ObservedProvider {
  readonly provider: UnderlayProvider;
  readonly said: { readonly kind: "status" | "info" | "warn"; readonly message: string }[];
}

/** A provider whose progress is kept. */
export function observedProvider(): ObservedProvider {
  const said: ObservedProvider["said"] = [];
  const say =
    (kind: "status" | "info" | "warn") =>
    (message: string): void => {
      said.push({ kind, message });
    };
  const provider = new Provider("0.0.0", () => ({
    status: say("status"),
    info: say("info"),
    warn: say("warn"),
    delivered: () => Promise.resolve(),
  }));
  return { provider, said };
}

/** The name by which the engine knows a resource. */
export function urnOf(kind: keyof typeof resourceTypes, name = "name"): string {
  return `urn:pulumi:dev::underlay::underlay:local:Parent$${resourceTypes[kind]}::${name}`;
}

/** Stands for a value that the engine does not know yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Inputs of a sandbox. */
export function sandboxInputs(runId: string): Record<string, unknown> {
  return {
    name: "bare-metal-sandbox",
    runId,
    kind: "process",
    environment: "bare-metal",
    cpus: 1,
    firstCpu: 0,
    memoryMiB: 512,
    volumes: [],
  };
}

/** What a network of that name gives its hosts. */
export function networkLink(change: Partial<NetworkLink> = {}): NetworkLink {
  return {
    name: "lan",
    rateMbitPerSec: 1000,
    latencyMs: 0,
    subnet: "198.18.0.0/24",
    overlaySubnet: "198.19.0.0/24",
    ...change,
  };
}

/** How the host `metal` takes part in that network. */
export const hostAttachment: Attachment = {
  network: "lan",
  hostName: "metal",
  address: "198.18.0.1",
  overlayAddress: null,
  overlay: "none",
  device: "eth0",
  port: "port-0123abcd",
  namespace: "underlay-r0123abcde-metal-sandbox",
  rateMbitPerSec: 1000,
  latencyMs: 0,
};

/** Inputs of a measurement with one host, which is this machine as it is. */
export function measurementInputs(runId: string, directory: string): Record<string, unknown> {
  return {
    name: "training-measurement",
    runId,
    hosts: [{ environment: "bare-metal", connection: { hops: [] }, facts: factsOf("bare-metal") }],
    baseline: "bare-metal",
    plan: {
      workload: "hashing",
      profile: "quick",
      directory,
      command: ["python3", "{program}/main.py"],
      options: { size: 8 },
      schedule: { seed: 1, rounds: 2, series: [{ name: "synthetic", blocksPerRound: 2, steps: 2 }] },
      answerTimeoutSec: 20,
    },
    recordDirectory: "out/records",
  };
}
