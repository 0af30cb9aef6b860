// A program with every component that is of one run on a cluster without GPUs, and the hashing workload on it: cheap enough to be
// run many times.
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Host, Measurement, type Plan, Run } from "../../../components/index.ts";
import {
  KubernetesCluster,
  QueuedTrainingJob,
  TrainingJob,
  TrainingNamespace,
} from "../../../components/kubernetes/index.ts";

const config = new pulumi.Config("test");
const kind = config.require<"nothing" | "queued" | "alone" | "beside" | "distributed">("kind");
const [role, ...otherRoles] = config.requireObject<[string, ...string[]]>("roles");
const recordDirectory = config.require("records");
const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const cluster = new KubernetesCluster("cluster", {
  kubeconfig: readFileSync(config.require("kubeconfig"), "utf8"),
  nodes: "bare-metal",
});
const namespace = new TrainingNamespace("training", {
  run,
  cluster,
  quota: { cpus: 2, memoryMiB: 2048, gpus: 8, pods: config.requireNumber("pods") },
});
const given = {
  ...{ run, cluster, namespace, image: config.require("image") },
  cpus: config.requireNumber("cpus"),
  memoryMiB: config.requireNumber("memoryMiB"),
  gpus: config.requireNumber("gpus"),
  graceSec: config.requireNumber("graceSec"),
};
const plan: Plan = {
  workload: "hashing",
  profile: "test",
  directory: fileURLToPath(new URL("../../fixtures/program", import.meta.url)),
  command: ["python3", "{program}/main.py"],
  options: {},
  role,
  schedule: { seed: 1, rounds: 2, series: [{ name: "hashing", blocksPerRound: 3, steps: 2 }] },
  answerTimeoutSec: 60,
};

const measured = ({ connection, facts, attachment }: Host) => ({
  connection,
  facts,
  ...(attachment === undefined ? {} : { attachment }),
});

/** Pods of a role each, and what is measured in them. */
function measurement(together: "alone" | "beside" | "distributed"): Measurement {
  const job = new TrainingJob("hashing", {
    ...{ ...given, roles: [role, ...otherRoles], kind: together, placement: "any", readyTimeoutSec: 120 },
    framework: config.require<"tensorflow" | "pytorch">("framework"),
  });
  const [leader, ...others] = job.hosts;
  // What each role but the first does meanwhile.
  const companions = otherRoles.map((name) => ({
    role: name,
    during: { plays: name === "parameter-server" ? ("nothing" as const) : ("together" as const) },
  }));
  return new Measurement("measurement", {
    runId: run.runId,
    hosts: [{ environment: leader.environment, ...measured(leader), companions: others.map(measured) }],
    baseline: leader.environment,
    plan: { ...plan, companions },
    recordDirectory,
  });
}

function measuredResults() {
  switch (kind) {
    case "nothing":
      return undefined;
    case "queued":
      return new QueuedTrainingJob("later", { ...given, plan, recordDirectory, timeoutSec: 120 }).results;
    case "alone":
    case "beside":
    case "distributed":
      return measurement(kind).results;
  }
}

export const runId = run.runId;
export const namespaceName = namespace.namespace;
export const results = measuredResults();
