// The training operator alone, as a cluster has it: its resource definitions are megabytes of state, which the engine
// would write again after each step of every stack that holds them.
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { KubernetesCluster, TrainingOperator } from "../../../components/kubernetes/index.ts";

const config = new pulumi.Config("test");
const cluster = new KubernetesCluster("cluster", {
  kubeconfig: readFileSync(config.require("kubeconfig"), "utf8"),
  nodes: "bare-metal",
});
new TrainingOperator("operator", { cluster, manifests: config.require("manifests") });
