import { readFileSync } from "node:fs";
import { UnderlayError } from "../measure/error.ts";
import type { ScenarioName } from "../measure/scenario.ts";
import {
  KubernetesCluster,
  TrainingJob,
  type TrainingJobArgs,
  TrainingNamespace,
  TrainingOperator,
} from "../components/kubernetes/index.ts";
import type { Run } from "../provider/resources.ts";
import { trainingRoles } from "../workloads/index.ts";
import type { Settings } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { train } from "./train.ts";
import { startRun } from "./tenure.ts";

const kinds: Readonly<Record<ScenarioName, NonNullable<TrainingJobArgs["kind"]>>> = {
  single: "alone",
  distributed: "distributed",
  shared: "beside",
};

/** Memory of a pod that does not ask for another amount, in MiB: that of every environment. */
const defaultMemoryMiB = 3072;

/** A cluster, what of it is trained on, and what its resources are called. */
export interface PodPlace {
  readonly run: Run;
  readonly cluster: KubernetesCluster;
  /** CPUs of each pod. */
  readonly cpus: number;
  /** Image of the shared root, as the cluster's nodes pull it. */
  readonly image: string;
  /** What stands before the names of its resources. @default nothing */
  readonly prefix?: string;
}

/** Pods that train, in a namespace of their own: as many as the scenario has roles. */
export function podsOn(settings: Settings, { run, cluster, cpus, image, prefix = "" }: PodPlace): TrainingJob {
  const { scenario, variableUpdate, workers, framework, overlay, gpus, operator: manifests } = settings;
  const memoryMiB = settings.memoryMiB ?? defaultMemoryMiB;
  const roles = trainingRoles({ scenario, variableUpdate, workers });
  const hostNetwork = overlay === "host";
  const each = roles.length;
  const namespace = new TrainingNamespace(`${prefix}training`, {
    ...{ run, cluster, hostNetwork },
    quota: { cpus: each * cpus, memoryMiB: each * memoryMiB, gpus: each * gpus, pods: each },
  });
  return new TrainingJob(`${prefix}pods`, {
    ...{ run, cluster, namespace, image, roles, framework, cpus, memoryMiB, gpus },
    kind: kinds[scenario],
    network: hostNetwork ? "host" : "cluster",
    ...(manifests === undefined ? {} : { operator: new TrainingOperator(`${prefix}operator`, { cluster, manifests }) }),
  });
}

/** Trains in pods of a Kubernetes cluster that is there. */
export function kubernetes(settings: Settings): StackOutputs {
  const { kubeconfig, image, environment, cpus = 1 } = settings;
  if (kubeconfig === undefined || image === undefined) {
    // The configuration has made sure of both.
    throw new UnderlayError("config-invalid", "The target kubernetes needs underlay:kubeconfig and underlay:image.");
  }
  const run = startRun();
  const nodes = environment === "container-on-vm" ? "vm" : "bare-metal";
  const cluster = new KubernetesCluster("cluster", { kubeconfig: readFileSync(kubeconfig, "utf8"), nodes });
  return train(settings, { run, cpus, hosts: [podsOn(settings, { run, cluster, cpus, image }).hosts] });
}
