import { getProject, getStack } from "@pulumi/pulumi/metadata.js";
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
import { Run } from "../provider/resources.ts";
import { Training, trainingRoles } from "../workloads/index.ts";
import type { Settings } from "./config.ts";
import type { StackOutputs } from "./stack.ts";

const kinds: Readonly<Record<ScenarioName, NonNullable<TrainingJobArgs["kind"]>>> = {
  single: "alone",
  distributed: "distributed",
  shared: "beside",
};

/** Memory of a pod that does not ask for another amount, in MiB: that of every environment. */
const defaultMemoryMiB = 3072;

interface OfCluster {
  readonly kubeconfig: string;
  readonly image: string;
}

/** What the configuration has made sure of for this target. */
function ofCluster({ kubeconfig, image }: Settings): OfCluster {
  if (kubeconfig === undefined || image === undefined) {
    throw new UnderlayError("config-invalid", "The target kubernetes needs underlay:kubeconfig and underlay:image.");
  }
  return { kubeconfig: readFileSync(kubeconfig, "utf8"), image };
}

/** Pods that train, in a namespace of their own: as many as the scenario has roles. */
function podsOf(settings: Settings, run: Run, cpus: number): TrainingJob {
  const { environment, scenario, variableUpdate, framework, overlay, gpus, operator } = settings;
  const { kubeconfig, image } = ofCluster(settings);
  const memoryMiB = settings.memoryMiB ?? defaultMemoryMiB;
  const roles = trainingRoles({ scenario, variableUpdate });
  const nodes = environment === "container-on-vm" ? "vm" : "bare-metal";
  const cluster = new KubernetesCluster("cluster", { kubeconfig, nodes });
  const hostNetwork = overlay === "host";
  const each = roles.length;
  const namespace = new TrainingNamespace("training", {
    ...{ run, cluster, hostNetwork },
    quota: { cpus: each * cpus, memoryMiB: each * memoryMiB, gpus: each * gpus, pods: each },
  });
  return new TrainingJob("pods", {
    ...{ run, cluster, namespace, image, roles, framework, cpus, memoryMiB, gpus },
    kind: kinds[scenario],
    network: hostNetwork ? "host" : "cluster",
    ...(operator === undefined ? {} : { operator: new TrainingOperator("operator", { cluster, manifests: operator }) }),
  });
}

/** Trains in pods of a Kubernetes cluster that is there. */
export function kubernetes(settings: Settings): StackOutputs {
  const { model, profile, batchSize, rounds, blocks, steps, warmUpSteps, seed, recordDirectory } = settings;
  const { framework, scenario, variableUpdate, cpus = 1 } = settings;
  const optional = { batchSize, rounds, blocks, steps, warmUpSteps };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  const run = new Run("run", { project: getProject(), stack: getStack() });
  const training = new Training("training", {
    ...{ run, framework, model, profile, scenario, variableUpdate, seed, recordDirectory, cpus },
    hosts: [podsOf(settings, run, cpus).hosts],
    ...given,
  });
  return { results: training.results, skipped: [] };
}
