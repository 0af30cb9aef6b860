// A program with every component of OpenStack, for the lab: small enough to be run many times.
import { Keypair } from "@pulumi/openstack/compute/keypair.js";
import { Network } from "@pulumi/openstack/networking/network.js";
import * as pulumi from "@pulumi/pulumi";
import { fileURLToPath } from "node:url";
import {
  BareMetalFlavor,
  BenchmarkHosts,
  GpuFlavor,
  GpuVm,
  IronicNodeEnrolment,
  MagnumCluster,
  OpenStackNetwork,
  ServerImage,
} from "../../../components/openstack/index.ts";
import { Measurement, Run } from "../../../components/index.ts";

const config = new pulumi.Config("test");
const outside = new Network("outside", { external: true, adminStateUp: true });
const network = new OpenStackNetwork("lab", {
  externalNetworkId: outside.id,
  admits: (config.getObject<number[]>("ports") ?? [22]).map((fromPort) => ({
    protocol: "tcp",
    fromPort,
    from: "198.19.255.0/30",
  })),
});
const image = new ServerImage("tiny", { file: config.require("image"), distribution: "ubuntu", hideHypervisor: true });
const keyPair = new Keypair("visitor", {}).name;
const flavor = new GpuFlavor("gpu", {
  vcpus: config.getNumber("vcpus") ?? 4,
  memoryMiB: 8192,
  diskGiB: 1,
  pciAlias: "h100",
  gpus: config.getNumber("gpus") ?? 1,
});
const given = { imageId: image.imageId, network, keyPair };
const vm = new GpuVm("vm", {
  ...given,
  flavorId: flavor.flavorId,
  cloudConfig: { hostname: config.get("hostname") ?? "first" },
});

export const serverId = vm.serverId;
export const address = vm.address;
export const hostKey = vm.hostKey;
export const securityGroupId = network.securityGroupIds[0];
export const networkId = network.networkId;
export const subnetId = network.subnetId;
export const outsideId = outside.id;
export const imageId = image.imageId;

const benchmarked = {
  ...{ imageId: image.imageId, network, publicKey: config.require("publicKey") },
  login: { user: "root", identityFile: config.require("privateKeyFile"), readyTimeoutSec: 300 },
  // The lab's servers boot from the root that all local environments share, which has none.
  cloudInit: false,
  // What a guest has; the node has all of this machine.
  place: { cpus: 1, memoryMiB: 2048 },
};
const node = config.requireBoolean("others") ? metal() : undefined;
export const nodeId = node?.nodeId;
export const metalServerId = node?.servers.servers[0]?.serverId;
const cluster = config.requireBoolean("others") ? kubernetes("kubernetes", {}) : undefined;
export const clusterId = cluster?.clusterId;
export const kubeconfig = cluster?.kubeconfig;

const failure = config.get("clusterFailure");
if (failure !== undefined) {
  // The lab's Magnum fails a cluster with this label, for the reason that it says.
  kubernetes("broken", { underlay_lab_failure: failure });
}

const measured = config.getBoolean("measure") === true ? measurement() : undefined;
export const hostFacts = measured?.facts;
export const addresses = measured?.addresses;
export const hostKeys = measured?.hostKeys;
export const results = measured?.results;
export const plainFlavorId = measured?.flavorId;

/** The hashing workload on hosts that Nova and Ironic provisioned, over the system's ssh. */
function measurement() {
  const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
  const { flavorId } = new GpuFlavor("plain", { vcpus: 1, memoryMiB: 3072, diskGiB: 1 });
  const vms = new BenchmarkHosts("bench", { ...benchmarked, kind: "vm", flavorId });
  const all = [vms, ...(node === undefined ? [] : [node.servers])];
  const hosts = all.flatMap((each) => each.hosts);
  const servers = all.flatMap((each) => each.servers);
  const { results: measurementResults } = new Measurement("hashing", {
    runId: run.runId,
    hosts: hosts.map(({ environment, connection, facts }) => ({ environment, connection, facts })),
    baseline: "vm",
    plan: {
      workload: "hashing",
      profile: "test",
      directory: fileURLToPath(new URL("../../fixtures/program", import.meta.url)),
      command: ["python3", "{program}/main.py"],
      options: {},
      schedule: { seed: 1, rounds: 2, series: [{ name: "hashing", blocksPerRound: 4, steps: 1 }] },
      answerTimeoutSec: 60,
    },
    recordDirectory: config.require("records"),
  });
  return {
    flavorId,
    facts: pulumi.all(hosts.map(({ facts }) => facts)),
    addresses: pulumi.all(servers.map(({ address: at }) => at)),
    hostKeys: pulumi.all(servers.map(({ hostKey: key }) => key ?? "")),
    results: measurementResults,
  };
}

function metal() {
  const enrolment = new IronicNodeEnrolment("node", {
    nodeName: "lab-node",
    driver: "fake-hardware",
    bmc: { address: "192.0.2.7", username: "operator", password: "not-for-anybody" },
    resourceClass: "baremetal.h100",
    properties: { cpu_arch: "x86_64", cpus: 64, memory_mb: 524288, local_gb: 2000 },
    traits: config.getObject<string[]>("traits") ?? ["CUSTOM_GPU_H100"],
    ports: [{ address: "52:54:00:12:34:56" }],
    inspect: true,
  });
  const whole = new BareMetalFlavor("metal", { resourceClass: "baremetal.h100", traits: ["CUSTOM_GPU_H100"] });
  const asked = { ...benchmarked, kind: "bare-metal" as const, flavorId: whole.flavorId };
  return { nodeId: enrolment.nodeId, servers: new BenchmarkHosts("metal", asked, { dependsOn: enrolment }) };
}

function kubernetes(name: string, labels: Readonly<Record<string, string>>) {
  return new MagnumCluster(name, {
    ...{ imageId: image.imageId, flavor: flavor.flavorName, keyPair, externalNetworkId: outside.id },
    labels: { kube_tag: "v1.34.2", ...labels },
    nodes: 1,
    nodeGroups: [{ name: "gpus", flavor: flavor.flavorName }],
  });
}
