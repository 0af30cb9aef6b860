import type * as pulumi from "@pulumi/pulumi";
import { secret } from "@pulumi/pulumi/output.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import type { Cluster } from "../host.ts";

/** What a pod on a cluster is, by what the cluster's nodes are. */
export type PodEnvironment = "container-on-bare-metal" | "container-on-vm";

/** Arguments of a {@link KubernetesCluster}. */
export interface KubernetesClusterArgs {
  /** Content of a kubeconfig, with credentials of its own or a command that gets them. Kept as a secret. */
  readonly kubeconfig: pulumi.Input<string>;
  /** What its nodes are: machines themselves, or virtual machines. Nothing in a cluster's API tells. */
  readonly nodes: "bare-metal" | "vm";
}

/** A cluster that is there, whoever made it, and what puts resources on it. */
export class KubernetesCluster extends ComponentResource implements Cluster {
  static readonly type = "underlay:kubernetes:KubernetesCluster";
  readonly environment: PodEnvironment;
  readonly kubeconfig: pulumi.Output<string>;
  /** Makes the resources of Kubernetes on this cluster. */
  readonly provider: pulumi.ProviderResource;

  /**
   * A cluster that another component makes, such as a `MagnumCluster`: whatever is put on it waits until it is there.
   *
   * @param name Name in the stack.
   * @param cluster The cluster.
   */
  static of(name: string, cluster: Cluster, opts?: pulumi.ComponentResourceOptions): KubernetesCluster {
    const nodes = cluster.environment === "container-on-bare-metal" ? "bare-metal" : "vm";
    return new KubernetesCluster(name, { kubeconfig: cluster.kubeconfig, nodes }, opts);
  }

  constructor(name: string, args: KubernetesClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(KubernetesCluster.type, name, {}, opts);
    this.environment = args.nodes === "bare-metal" ? "container-on-bare-metal" : "container-on-vm";
    this.kubeconfig = secret(args.kubeconfig);
    // A controller may fill a secret that was made empty, as the training operator does with its certificate: to replace
    // it then would take the certificate away from under the webhooks that trust it.
    const settings = { kubeconfig: this.kubeconfig, enableSecretMutable: true };
    this.provider = new Provider(`${name}-api`, settings, { parent: this });
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }
}
