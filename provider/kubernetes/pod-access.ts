import { rmSync } from "node:fs";
import { z } from "zod";
import { UnderlayError } from "../../measure/error.ts";
import type { HostFacts } from "../../measure/facts.ts";
import { type Attachment, ipv4Schema } from "../../measure/network.ts";
import { identityVariables } from "../execute.ts";
import { type Seen, seenFrom } from "../facts.ts";
import type { ResourceHandler, State } from "../resource-handler.ts";
import { sandboxPath } from "../run-directory.ts";
import { awaitPod, findPod } from "./await-pod.ts";
import { type PodAccessInputs, podAccessInputsSchema } from "./inputs.ts";
import { podHop, writeKubeconfig } from "./kubectl.ts";
import { digestIn, judgePod, type Pod } from "./pod.ts";

const keptPodSchema = z.object({ name: z.string(), uid: z.string() });

/** How the pod takes part in the cluster's network. */
function attachmentOf({ network }: PodAccessInputs, { metadata, status, spec }: Pod): Attachment | null {
  if (network === undefined) {
    return null;
  }
  const [pod, node] = [status.podIP ?? "", status.hostIP ?? ""];
  if (!ipv4Schema.safeParse(pod).success) {
    throw new UnderlayError(
      "pod-address-unsuitable",
      `The pod ${metadata.name} has the address "${pod}", which is no IPv4 address.`,
      "Training over several hosts needs a cluster with IPv4 for its pods.",
    );
  }
  const onHost = spec.hostNetwork === true;
  return {
    network: network.name,
    hostName: network.hostName,
    address: onHost || !ipv4Schema.safeParse(node).success ? pod : node,
    overlayAddress: onHost ? null : pod,
    overlay: onHost ? "host" : "cluster",
    device: "eth0",
    port: "",
    namespace: null,
    rateMbitPerSec: null,
    latencyMs: null,
  };
}

/** What a pod was given, and by whom. */
type PodLimits = Pick<PodAccessInputs, "owner" | "cpus" | "memoryMiB" | "environment" | "container">;

/** Holds what a pod was to have against what it has. */
export function mustHold({ owner, cpus, memoryMiB }: PodLimits, seen: Seen): void {
  const has = Math.min(seen.cpuQuota ?? Infinity, seen.affinity.length);
  if (has !== cpus) {
    throw new UnderlayError(
      "limit-not-held",
      `The pod of ${owner.name} may use ${String(has)} CPUs, but was to have ${String(cpus)}.`,
      "Nodes with fewer CPUs, and kubelets that do not enforce limits (`cpuCFSQuota: false`), do not suit.",
    );
  }
  if (seen.memoryLimitMiB !== memoryMiB) {
    throw new UnderlayError(
      "limit-not-held",
      `The pod of ${owner.name} may use ${String(seen.memoryLimitMiB ?? "any number of")} MiB, but was to have ${String(memoryMiB)}.`,
    );
  }
}

/** What is known of a pod as a host. */
export function factsOfPod(inputs: PodLimits, pod: Pod, seen: Seen): HostFacts {
  const status = pod.status.containerStatuses?.find(({ name }) => name === inputs.container);
  const imageDigest = digestIn(status?.imageID ?? "");
  const onMetal = inputs.environment === "container-on-bare-metal";
  return {
    kernelRelease: seen.kernelRelease,
    virtualisation: onMetal ? "none" : seen.machineVirtualisation,
    machineVirtualisation: seen.machineVirtualisation,
    operatingSystem: seen.operatingSystem,
    cpuModel: seen.cpuModel,
    cpus: inputs.cpus,
    memoryMiB: inputs.memoryMiB,
    accelerators: seen.accelerators,
    containerRuntime: `${status?.containerID?.split("://")[0] ?? "a container runtime"} of Kubernetes`,
    imageDigest,
    // The image says which root it holds. Of one that does not, its own digest tells equal bits.
    rootDigest: seen.rootDigest ?? imageDigest ?? "unknown",
    limits: {
      cpus: { mechanism: "Kubernetes limit", value: inputs.cpus },
      memory: { mechanism: "Kubernetes limit", value: inputs.memoryMiB },
    },
  };
}

/** The resource `PodAccess`. */
export const podAccessHandler: ResourceHandler<PodAccessInputs> = {
  schema: podAccessInputsSchema,
  // New credentials of the same cluster are a new way to the same pod.
  updates: ["kubeconfig", "context", "readyTimeoutSec", "graceSec"],
  create: async (inputs, { signal, progress }) => {
    writeKubeconfig(inputs);
    const pod = await awaitPod(inputs, signal, progress);
    const connection = { hops: [podHop(inputs, pod.metadata.name, inputs.container)] };
    const seen = await seenFrom(connection, { signal, env: identityVariables(inputs.runId, inputs.name) });
    mustHold(inputs, seen);
    const attachment = attachmentOf(inputs, pod);
    const { name, uid } = pod.metadata;
    return {
      id: `${inputs.runId}/${inputs.name}`,
      outputs: {
        ...inputs,
        connection,
        facts: factsOfPod(inputs, pod, seen),
        ...(attachment === null ? {} : { attachment }),
        pod: { name, uid, node: pod.spec.nodeName ?? "" },
      },
    };
  },
  update: (_id, inputs, state): Promise<State> => {
    writeKubeconfig(inputs);
    const pod = keptPodSchema.parse(state["pod"]);
    return Promise.resolve({
      ...state,
      ...inputs,
      connection: { hops: [podHop(inputs, pod.name, inputs.container)] },
    });
  },
  read: async (_id, inputs, state, { signal, progress }) => {
    writeKubeconfig(inputs);
    const kept = keptPodSchema.safeParse(state["pod"]);
    const pod = await findPod(inputs, signal);
    if (kept.success && pod?.metadata.uid === kept.data.uid && judgePod(pod, inputs.container).state === "ready") {
      return state;
    }
    progress.warn(`The pod of ${inputs.owner.name} is gone, or another one has its place.`);
    return null;
  },
  delete: (_id, inputs) => {
    rmSync(sandboxPath(inputs.runId, inputs.name), { recursive: true, force: true });
    return Promise.resolve();
  },
};
