import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate.js";
import { Addon } from "@pulumi/aws/eks/addon.js";
import { Cluster as EksControlPlane } from "@pulumi/aws/eks/cluster.js";
import { NodeGroup } from "@pulumi/aws/eks/nodeGroup.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import type * as pulumi from "@pulumi/pulumi";
import { all, output, secret } from "@pulumi/pulumi/output.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { Cluster } from "../host.ts";
import { type EksClusterArgs, type SettledCluster, settleCluster } from "./eks-cluster-args.ts";
import { trust } from "./function-role.ts";

/** What AWS keeps for those who run a control plane, and for those who join it and read images. */
const policies = {
  control: ["AmazonEKSClusterPolicy"],
  node: ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"],
} as const;

/** Parts of Kubernetes that EKS keeps up to date; the network's are kept by its own plugin, so that policies hold. */
const addons: Readonly<Record<string, string | undefined>> = {
  "vpc-cni": JSON.stringify({ enableNetworkPolicy: "true" }),
  "kube-proxy": undefined,
  coredns: undefined,
  // What the number of replicas goes by.
  "metrics-server": undefined,
};
/** Those that need a node to be ready. */
const needNodes: readonly string[] = ["coredns", "metrics-server"];

/**
 * A cluster of EKS with one group of nodes, of what a model's service needs: an API that the internet does not reach unless
 * it is told who may, logs that end, network policies that hold, metrics for autoscaling, nodes with encrypted disks whose
 * pods cannot take their role.
 */
export class EksCluster extends ComponentResource implements Cluster {
  static readonly type = "underlay:aws:EksCluster";
  readonly environment = "container-on-vm";
  /** Logs in by the AWS CLI, with the credentials of whoever uses it. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  /** ARN of the cluster, for policies. */
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: EksClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(EksCluster.type, name, {}, opts);
    const settled = settleCluster(name, args);
    const control = controlPlane(name, settled, this);
    const network = ["vpc-cni", "kube-proxy"].map((addon) => addOn(name, addon, control, [], this));
    const nodes = nodeGroup(name, settled, control, network, this);
    needNodes.forEach((addon) => addOn(name, addon, control, [nodes], this));
    this.clusterName = control.name;
    this.arn = control.arn;
    this.kubeconfig = secret(kubeconfigOf(control));
    this.registerOutputs({ kubeconfig: this.kubeconfig, clusterName: this.clusterName, arn: this.arn });
  }
}

/** A role that a service takes on, with policies that AWS keeps. */
function role(name: string, service: string, names: readonly string[], args: SettledCluster, parent: EksCluster) {
  const made = new Role(name, { assumeRolePolicy: trust(service), tags: args.tags }, { parent });
  const attached = names.map(
    (policy) =>
      new RolePolicyAttachment(
        `${name}-${policy}`,
        { role: made.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
        { parent },
      ),
  );
  return { made, attached };
}

function controlPlane(name: string, args: SettledCluster, parent: EksCluster): EksControlPlane {
  const { clusterName, kmsKeyArn, admits, tags } = args;
  const { made, attached } = role(`${name}-role`, "eks.amazonaws.com", policies.control, args, parent);
  // Made first: EKS would make one whose logs never end.
  const logs = new LogGroup(
    `${name}-log`,
    {
      name: `/aws/eks/${clusterName}/cluster`,
      retentionInDays: args.logRetentionDays,
      ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }),
      tags,
    },
    { parent },
  );
  return new EksControlPlane(
    `${name}-cluster`,
    {
      name: clusterName,
      version: args.version,
      roleArn: made.arn,
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
      vpcConfig: {
        subnetIds: args.subnetIds,
        endpointPrivateAccess: true,
        endpointPublicAccess: admits.length > 0,
        ...(admits.length > 0 ? { publicAccessCidrs: [...admits] } : {}),
      },
      enabledClusterLogTypes: ["api", "audit", "authenticator"],
      // A version past its support costs six times as much: it is brought up to date instead.
      upgradePolicy: { supportType: "STANDARD" },
      bootstrapSelfManagedAddons: false,
      ...(kmsKeyArn === undefined
        ? {}
        : { encryptionConfig: { provider: { keyArn: kmsKeyArn }, resources: ["secrets"] } }),
      tags,
    },
    { parent, dependsOn: [...attached, logs] },
  );
}

function addOn(
  name: string,
  addonName: string,
  control: EksControlPlane,
  dependsOn: readonly pulumi.Resource[],
  parent: EksCluster,
): Addon {
  const configurationValues = addons[addonName];
  return new Addon(
    `${name}-${addonName}`,
    {
      clusterName: control.name,
      addonName,
      resolveConflictsOnUpdate: "PRESERVE",
      ...(configurationValues === undefined ? {} : { configurationValues }),
    },
    { parent, dependsOn: [...dependsOn] },
  );
}

function nodeGroup(
  name: string,
  args: SettledCluster,
  control: EksControlPlane,
  network: readonly pulumi.Resource[],
  parent: EksCluster,
): NodeGroup {
  const { made, attached } = role(`${name}-node-role`, "ec2.amazonaws.com", policies.node, args, parent);
  const template = new LaunchTemplate(
    `${name}-node-template`,
    {
      // One hop: pods, which are one hop further, cannot ask for the node's credentials.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: { volumeType: "gp3", volumeSize: args.diskGiB, encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      tagSpecifications: ["instance", "volume"].map((resourceType) => {
        return { resourceType, tags: { Name: `${args.clusterName}-node`, ...args.tags } };
      }),
      tags: args.tags,
    },
    { parent },
  );
  return new NodeGroup(
    `${name}-nodes`,
    {
      clusterName: control.name,
      nodeRoleArn: made.arn,
      subnetIds: args.subnetIds,
      instanceTypes: [args.instanceType],
      scalingConfig: { desiredSize: args.nodes, minSize: args.nodes, maxSize: args.maximumNodes },
      updateConfig: { maxUnavailable: 1 },
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      tags: args.tags,
    },
    { parent, dependsOn: [...attached, ...network] },
  );
}

/** A kubeconfig without credentials: whoever uses it asks AWS for a token. */
function kubeconfigOf(control: EksControlPlane): pulumi.Output<string> {
  const region = control.arn.apply((arn) => arn.split(":")[3] ?? "");
  const authority = output(control.certificateAuthority).apply(({ data }) => data);
  return all([control.name, control.endpoint, authority, region]).apply(([cluster, server, data, place]) =>
    JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": cluster },
      clusters: [{ name: cluster, cluster: { server, "certificate-authority-data": data } }],
      contexts: [{ name: cluster, context: { cluster, user: cluster } }],
      users: [
        {
          name: cluster,
          user: {
            exec: {
              ...{ apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws", interactiveMode: "Never" },
              args: ["eks", "get-token", "--cluster-name", cluster, "--region", place],
            },
          },
        },
      ],
    }),
  );
}
