// A program with every component that a cluster without GPUs can have, and the hashing workload on it: cheap enough to be
// run many times.
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Host, Measurement, Run } from "../../../components/index.ts";
import {
  KubernetesCluster,
  TrainingJob,
  TrainingNamespace,
  TrainingOperator,
} from "../../../components/kubernetes/index.ts";
import type { CompanionPlan } from "../../../provider/resources.ts";

const config = new pulumi.Config("test");
const roles = config.requireObject<[string, ...string[]]>("roles");
const kind = config.require<"alone" | "beside" | "distributed">("kind");
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
const manifests = config.get("operator");
const operator = manifests === undefined ? {} : { operator: new TrainingOperator("operator", { cluster, manifests }) };
const job = new TrainingJob("hashing", {
  ...{ run, cluster, namespace, roles, kind, ...operator },
  image: config.require("image"),
  cpus: config.requireNumber("cpus"),
  memoryMiB: config.requireNumber("memoryMiB"),
  gpus: config.requireNumber("gpus"),
  placement: "any",
  graceSec: config.requireNumber("graceSec"),
  readyTimeoutSec: 120,
});

/** What each role but the first does meanwhile. */
function companion(role: string): CompanionPlan {
  return { role, during: { plays: role === "parameter-server" ? "nothing" : "together" } };
}

const measured = ({ connection, facts, attachment }: Host) => ({
  connection,
  facts,
  ...(attachment === undefined ? {} : { attachment }),
});
const [leader, ...others] = job.hosts;
const [role, ...otherRoles] = roles;
const measurement = new Measurement("measurement", {
  runId: run.runId,
  hosts: [{ environment: leader.environment, ...measured(leader), companions: others.map(measured) }],
  baseline: leader.environment,
  plan: {
    workload: "hashing",
    profile: "test",
    directory: fileURLToPath(new URL("../../fixtures/program", import.meta.url)),
    command: ["python3", "{program}/main.py"],
    options: {},
    role,
    companions: otherRoles.map(companion),
    schedule: { seed: 1, rounds: 2, series: [{ name: "hashing", blocksPerRound: 3, steps: 2 }] },
    answerTimeoutSec: 60,
  },
  recordDirectory: config.require("records"),
});

export const runId = run.runId;
export const namespaceName = namespace.namespace;
export const results = measurement.results;
