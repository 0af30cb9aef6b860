// A program that takes a source of models to a cluster: image, registry, replicas.
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { ImagePush, Run, ServiceImage } from "../../../components/index.ts";
import { KubernetesCluster, KubernetesModelService } from "../../../components/kubernetes/index.ts";
import { modelServicePrograms } from "../../../workloads/index.ts";

const config = new pulumi.Config("test");
const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const { image } = new ServiceImage("adder", { source: config.require("source"), programs: modelServicePrograms });
const login = { username: config.require("username"), password: config.requireSecret("password") };
const push = new ImagePush("push", { service: image, target: config.require("target"), plain: true, ...login });
const cluster = new KubernetesCluster("cluster", {
  kubeconfig: readFileSync(config.require("kubeconfig"), "utf8"),
  nodes: "bare-metal",
});
const service = new KubernetesModelService("adder", {
  ...{ run, cluster, image: push.pushed, registryLogin: login, cpus: 0.4, memoryMiB: 256, clients: ["default"] },
});

export const runId = run.runId;
export const url = service.url;
export const imageDigest = service.imageDigest;
export const namespaceName = service.namespace;
