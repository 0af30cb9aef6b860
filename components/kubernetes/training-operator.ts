import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { Directory } from "@pulumi/kubernetes/kustomize/v2/directory.js";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UnderlayError } from "../../measure/error.ts";
import type { KubernetesCluster } from "./kubernetes-cluster.ts";

/** Arguments of a {@link TrainingOperator}. */
export interface TrainingOperatorArgs {
  /** The cluster that it is installed on. */
  readonly cluster: KubernetesCluster;
  /**
   * Folder with a `kustomization.yaml` around the operator's own manifests of version 1.8.1 (`manifests/overlays/standalone`
   * of its sources), which names an image that the nodes can pull.
   */
  readonly manifests: string;
}

/** The version of the training operator that this project is made for. */
export const trainingOperatorVersion = "1.8.1";

/**
 * Kubeflow's training operator, which makes the pods of a TFJob or PyTorchJob, from manifests that are at hand: nothing is
 * fetched while a stack comes up. One cluster has one; leave it out where the cluster has it already.
 */
export class TrainingOperator extends ComponentResource {
  static readonly type = "underlay:kubernetes:TrainingOperator";

  constructor(name: string, args: TrainingOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TrainingOperator.type, name, {}, opts);
    const { cluster, manifests } = args;
    if (!existsSync(join(manifests, "kustomization.yaml"))) {
      throw new UnderlayError(
        "operator-manifests-missing",
        `manifests is "${manifests}", but there is no kustomization.yaml in it.`,
        `Give the folder of a kustomization around the training operator's manifests, version ${trainingOperatorVersion}.`,
      );
    }
    new Directory(`${name}-manifests`, { directory: manifests }, { parent: this, provider: cluster.provider });
    this.registerOutputs({});
  }
}
