import { Cluster as Magnum } from "@pulumi/openstack/containerinfra/cluster.js";
import { ClusterTemplate, type ClusterTemplateArgs } from "@pulumi/openstack/containerinfra/clusterTemplate.js";
import { NodeGroup } from "@pulumi/openstack/containerinfra/nodeGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import { secret } from "@pulumi/pulumi/output.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import type { Cluster } from "../host.ts";

/** A group of nodes of one flavor, such as those with GPUs. */
export interface NodeGroupArgs {
  /** Its name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Name or id of its flavor. */
  readonly flavor: pulumi.Input<string>;
  /** Its nodes. @default 1 */
  readonly nodes?: number;
}

/** Arguments of a {@link MagnumCluster}. */
export interface MagnumClusterArgs {
  /** Id of the image of its nodes, which says its distribution. */
  readonly imageId: pulumi.Input<string>;
  /** Name or id of the flavor of its nodes. */
  readonly flavor: pulumi.Input<string>;
  /** Name or id of the flavor of its control plane. @default that of its nodes */
  readonly masterFlavor?: pulumi.Input<string>;
  /** What its nodes are: virtual machines (`vm`) or bare metal (`bm`). @default "vm" */
  readonly serverType?: "vm" | "bm";
  /** Name of the key pair whose owner may log in at its nodes. */
  readonly keyPair: pulumi.Input<string>;
  /** External network that its API is reached by. */
  readonly externalNetworkId: pulumi.Input<string>;
  /** Network of its pods: `flannel` or `calico`. @default "flannel" */
  readonly networkDriver?: string;
  /** What its volumes are from, such as `cinder`. @default none */
  readonly volumeDriver?: string;
  /** Labels, such as `kube_tag`, as the cloud's Magnum driver knows them. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Nodes of its control plane: 1, 3 or 5. @default 1 */
  readonly masters?: number;
  /** Nodes beside these. @default 1 */
  readonly nodes?: number;
  /** Further groups of nodes, each of a flavor of its own. @default none */
  readonly nodeGroups?: readonly NodeGroupArgs[];
  /** Longest time until it is made, in minutes. @default 60 */
  readonly createTimeoutMin?: number;
}

function templateOf(args: MagnumClusterArgs): ClusterTemplateArgs {
  const { flavor, masterFlavor = flavor, serverType = "vm", networkDriver = "flannel", volumeDriver, labels } = args;
  return {
    coe: "kubernetes",
    image: args.imageId,
    flavor,
    masterFlavor,
    serverType,
    keypairId: args.keyPair,
    externalNetworkId: args.externalNetworkId,
    networkDriver,
    ...(volumeDriver === undefined ? {} : { volumeDriver }),
    ...(labels === undefined ? {} : { labels }),
  };
}

/** A Kubernetes cluster that Magnum makes, on virtual machines or bare metal. */
export class MagnumCluster extends ComponentResource implements Cluster {
  static readonly type = "underlay:openstack:MagnumCluster";
  readonly environment: EnvironmentName;
  readonly kubeconfig: pulumi.Output<string>;
  /** Its id. */
  readonly clusterId: pulumi.Output<string>;
  /** Address of its API. */
  readonly apiAddress: pulumi.Output<string>;

  constructor(name: string, args: MagnumClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(MagnumCluster.type, name, {}, opts);
    const { serverType = "vm", masters = 1, nodes = 1, nodeGroups = [], createTimeoutMin = 60 } = args;
    if (![1, 3, 5].includes(masters)) {
      throw new UnderlayError(
        "masters-invalid",
        `masters is ${String(masters)}, but must be 1, 3 or 5: etcd needs a majority.`,
      );
    }
    const own = { parent: this };
    const template = new ClusterTemplate(`${name}-template`, templateOf(args), own);
    const cluster = new Magnum(
      `${name}-cluster`,
      {
        clusterTemplateId: template.id,
        keypair: args.keyPair,
        masterCount: masters,
        nodeCount: nodes,
        createTimeout: createTimeoutMin,
      },
      { ...own, additionalSecretOutputs: ["kubeconfig"], customTimeouts: { create: `${String(createTimeoutMin)}m` } },
    );
    for (const group of nodeGroups) {
      new NodeGroup(
        `${name}-${group.name}`,
        { clusterId: cluster.id, flavorId: group.flavor, nodeCount: group.nodes ?? 1, role: "worker", minNodeCount: 0 },
        own,
      );
    }
    this.environment = serverType === "vm" ? "container-on-vm" : "container-on-bare-metal";
    this.clusterId = cluster.id;
    this.apiAddress = cluster.apiAddress;
    // The package's documentation says `rawConfig`; the keys of a map come through as they are.
    const credentials = secret(cluster.kubeconfig) as pulumi.Output<Readonly<Record<string, string>>>;
    this.kubeconfig = credentials.apply((found) => found["raw_config"] ?? found["rawConfig"] ?? "");
    this.registerOutputs({ clusterId: this.clusterId, apiAddress: this.apiAddress, kubeconfig: this.kubeconfig });
  }
}
