import { Keypair } from "@pulumi/openstack/compute/keypair.js";
import { readFileSync } from "node:fs";
import type { Run } from "../components/index.ts";
import { DevicePlugin, KubernetesCluster } from "../components/kubernetes/index.ts";
import {
  BenchmarkHosts,
  type Cluster,
  MagnumCluster,
  OpenStackNetwork,
  type ServerNetwork,
} from "../components/openstack/index.ts";
import type { LocalEnvironment, Settings } from "./config.ts";
import { podsOn } from "./kubernetes.ts";
import { loginOf, type MachineKind, type MachineSource, placeOf, preparationOf, remote } from "./remote.ts";
import type { RemoteDemand } from "./remote.ts";
import { machineKeys } from "./remote-config.ts";
import type { StackOutputs } from "./outputs.ts";

/** The network of the servers: one that is there, or one of their own that lets ssh in. */
function networkOf({ network, subnet, securityGroup, externalNetwork, admits }: Settings): () => ServerNetwork {
  let made: ServerNetwork | undefined;
  return () => {
    if (network !== undefined && subnet !== undefined && securityGroup !== undefined) {
      return { networkId: network, subnetId: subnet, securityGroupIds: [securityGroup] };
    }
    made ??= new OpenStackNetwork("network", {
      ...(externalNetwork === undefined ? {} : { externalNetworkId: externalNetwork }),
      ...(admits === undefined ? {} : { admits: [{ protocol: "tcp", fromPort: 22, from: admits }] }),
    });
    return made;
  };
}

/** Labels of a cluster as the configuration writes them. */
function labelsOf({ clusterLabels = [] }: Settings): Record<string, string> {
  return Object.fromEntries(
    clusterLabels.map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** A cluster of Magnum with a node for each role. */
function magnumOf({ settings, roles }: RemoteDemand, kind: MachineKind, publicKey: string): Cluster {
  const name = `${kind}-cluster`;
  const flavor = settings[machineKeys.openstack[kind]] ?? "";
  return new MagnumCluster(name, {
    ...{ imageId: settings.serverImage ?? "", flavor, nodes: roles.length, labels: labelsOf(settings) },
    ...{ externalNetworkId: settings.externalNetwork ?? "", serverType: kind === "vm" ? "vm" : "bm" },
    keyPair: new Keypair(`${name}-key`, { publicKey }).name,
  });
}

/** Servers that Nova provisions, on bare metal by Ironic, and clusters that Magnum makes. */
function servers(demand: RemoteDemand): MachineSource {
  const { settings, roles, run, cpus } = demand;
  const { serverImage = "", cloudInit, containers, image = "" } = settings;
  const publicKey = readFileSync(settings.publicKey ?? "", "utf8").trim();
  const network = networkOf(settings);
  const pods = (environment: LocalEnvironment, kind: MachineKind) => {
    const cluster = KubernetesCluster.of(`${environment}-cluster`, magnumOf(demand, kind, publicKey));
    if (settings.gpus > 0) {
      new DevicePlugin(`${environment}-devices`, { cluster });
    }
    return podsOn(settings, { run, cluster, cpus, image, prefix: `${environment}-` }).hosts;
  };
  return {
    lacks: (kind) => {
      const key = machineKeys.openstack[kind];
      return settings[key] === undefined ? `underlay:${key} is not set` : null;
    },
    machines: (kind) => {
      const preparation = preparationOf(demand, kind);
      return new BenchmarkHosts(kind, {
        ...{ kind, count: roles.length, flavorId: settings[machineKeys.openstack[kind]] ?? "", imageId: serverImage },
        ...{ network: network(), publicKey, login: loginOf(settings), cloudInit, metadata: metadataOf(run, settings) },
        place: placeOf(demand),
        ...(preparation === undefined ? {} : { preparation }),
      }).hosts;
    },
    ...(containers === "magnum" ? { pods } : {}),
  };
}

/** What servers say of themselves, as the policy `costly-owned` asks for it. */
function metadataOf(run: Run, { owner, expires }: Settings) {
  return {
    run: run.runId,
    ...(owner === undefined ? {} : { owner }),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** Trains on servers of OpenStack, in containers on them, and in pods of clusters that Magnum makes. */
export function openstack(settings: Settings): StackOutputs {
  return remote(settings, servers);
}
