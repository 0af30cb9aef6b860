import type * as pulumi from "@pulumi/pulumi";
import { InputPropertiesError } from "@pulumi/pulumi/errors.js";

/** Arguments of an {@link EksCluster}. */
export interface EksClusterArgs {
  /** Subnets of nodes and control plane, in two zones or more; private ones, with a way to the services of AWS. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Version of Kubernetes: one that EKS still supports at its standard price. @default "1.34" */
  readonly version?: string;
  /** Name of the cluster, which its log group and its kubeconfig have, too. @default the component's name */
  readonly clusterName?: string;
  /** Address ranges that reach its API from the internet, as CIDR. @default none: only the subnets' network does */
  readonly admits?: readonly string[];
  /** Type of its nodes. @default "m7i.large" */
  readonly instanceType?: string;
  /** Nodes at the beginning: at least 1. @default 2 */
  readonly nodes?: number;
  /** Most nodes: at least those at the beginning. @default 4 */
  readonly maximumNodes?: number;
  /** Disk of a node, in GiB: 20 to 16384. @default 50 */
  readonly diskGiB?: number;
  /** Days that logs of its API are kept: one of CloudWatch's, such as 1, 7, 14, 30. @default 14 */
  readonly logRetentionDays?: number;
  /** Key that encrypts secrets of Kubernetes and logs: its ARN. @default keys of the services */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /** Tags of all that it makes. @default none */
  readonly tags?: Readonly<Record<string, string>>;
}

const defaults = {
  ...{ version: "1.34", instanceType: "m7i.large", nodes: 2, maximumNodes: 4, diskGiB: 50, logRetentionDays: 14 },
  admits: [] as readonly string[],
  tags: {} as Readonly<Record<string, string>>,
};

/** The same with the defaults. */
export type SettledCluster = EksClusterArgs & typeof defaults & { readonly clusterName: string };

interface Fault {
  readonly propertyPath: string;
  readonly reason: string;
}

function outside(propertyPath: string, value: number, least: number, most: number): Fault[] {
  const fits = Number.isInteger(value) && value >= least && value <= most;
  const reason = `is ${String(value)}; it must be a whole number of ${String(least)} to ${String(most)}`;
  return fits ? [] : [{ propertyPath, reason }];
}

/**
 * Checks arguments and fills in defaults.
 *
 * @throws InputPropertiesError naming every argument that is wrong, its value and what is allowed
 */
export function settleCluster(name: string, args: EksClusterArgs): SettledCluster {
  const settled = { ...defaults, clusterName: name, ...args };
  const fault = (wrong: boolean, propertyPath: string, reason: string): Fault[] =>
    wrong ? [{ propertyPath, reason }] : [];
  const { version, clusterName, admits } = settled;
  const errors = [
    ...fault(!/^1\.\d{2}$/.test(version), "version", `is "${version}"; it must be one such as 1.34`),
    ...fault(
      !/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(clusterName),
      "clusterName",
      `is "${clusterName}"; it must be letters, digits, dashes and underscores`,
    ),
    ...fault(admits.includes("0.0.0.0/0"), "admits", "has all of the internet; name the addresses that need it"),
    ...outside("nodes", settled.nodes, 1, 450),
    ...outside("maximumNodes", settled.maximumNodes, settled.nodes, 450),
    ...outside("diskGiB", settled.diskGiB, 20, 16_384),
  ];
  if (errors.length === 0) return settled;
  throw new InputPropertiesError({ message: "An EksCluster cannot be made like this.", errors });
}
