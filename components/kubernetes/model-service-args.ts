import type * as pulumi from "@pulumi/pulumi";
import { InputPropertiesError } from "@pulumi/pulumi/errors.js";
import type { ServiceMeasurement } from "../../catalogue/services/measured.ts";
import type { NodePrice } from "../../measure/service-price.ts";
import type { Run } from "../../provider/resources.ts";
import type { KubernetesCluster } from "./kubernetes-cluster.ts";

/** What one replica was measured to be, as far as it decides what it is given. */
export type MeasuredReplica = Pick<
  ServiceMeasurement,
  "cpus" | "memoryMiB" | "peakMemoryMiB" | "requestsPerSec" | "coldStartSec"
>;

/** Who logs in at a registry. */
export interface RegistryLogin {
  readonly username: pulumi.Input<string>;
  /** A secret. */
  readonly password: pulumi.Input<string>;
}

/** Arguments of a {@link KubernetesModelService}. */
export interface KubernetesModelServiceArgs {
  /** The run that it belongs to. */
  readonly run: Run;
  /** The cluster that it is put on. */
  readonly cluster: KubernetesCluster;
  /** Image of the service with its digest: `registry/name@sha256:…`. */
  readonly image: pulumi.Input<string>;
  /** Login by which the nodes get the image. @default the nodes' own, or none */
  readonly registryLogin?: RegistryLogin;
  /**
   * What one replica was measured to be: its CPUs, and its memory, become limits, and a quarter more than the most memory
   * that was seen becomes the request. @default none: `cpus` and `memoryMiB` are given
   */
  readonly measured?: MeasuredReplica;
  /** CPUs of a replica, request and limit: above 0. @default those of `measured` */
  readonly cpus?: number;
  /** Memory of a replica, request and limit, in MiB: at least 64. @default that of `measured` */
  readonly memoryMiB?: number;
  /** NVIDIA GPUs of a replica, of an image that was built for them: 0 to 64. @default 0 */
  readonly gpus?: number;
  /** Fewest replicas: at least 2, so that one may go. @default 2 */
  readonly minimumReplicas?: number;
  /** Most replicas: at least the fewest. @default 10 */
  readonly maximumReplicas?: number;
  /** CPU use of its request at which replicas are added, in per cent: 10 to 100. @default 60 */
  readonly targetUtilisation?: number;
  /** Worker processes of a replica: at least 1. @default its CPUs, rounded up */
  readonly workers?: number;
  /** Threads of each worker: at least 1. @default 4 */
  readonly threads?: number;
  /** Address ranges that reach it through a load balancer, as CIDR. @default none: only pods of `clients` reach it */
  readonly admits?: readonly string[];
  /** Port of the service: 1 to 65535. @default 80 */
  readonly port?: number;
  /** Names of namespaces whose pods reach it. @default none beside its own */
  readonly clients?: readonly string[];
  /** Annotations of the service, such as those that the cloud's load balancer goes by. @default none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Labels that its nodes must have. @default none but Linux */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** What a node costs, for the outputs of prices. @default not known */
  readonly nodePrice?: NodePrice;
}

/** The same with the defaults. */
export interface Settled {
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Memory that is asked for; never above `memoryMiB`. */
  readonly requestedMiB: number;
  readonly gpus: number;
  readonly minimumReplicas: number;
  readonly maximumReplicas: number;
  readonly targetUtilisation: number;
  readonly workers: number;
  readonly threads: number;
  readonly admits: readonly string[];
  readonly port: number;
  readonly clients: readonly string[];
}

/** An address range, as far as its form tells. */
const range = /^(?:\d{1,3}(?:\.\d{1,3}){3}\/(?:\d|[12]\d|3[0-2])|[0-9a-fA-F:]+\/(?:\d|\d\d|1[01]\d|12[0-8]))$/;
const namespaceName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

interface Fault {
  readonly propertyPath: string;
  readonly reason: string;
}

function outside(propertyPath: string, value: number, least: number, most: number, whole = true): Fault[] {
  const fits = value >= least && value <= most && (!whole || Number.isInteger(value));
  const kind = whole ? "a whole number" : "a number";
  const reason = `is ${String(value)}; it must be ${kind} of ${String(least)} to ${String(most)}`;
  return fits ? [] : [{ propertyPath, reason }];
}

function faultsOf(settled: Settled): Fault[] {
  const { admits, clients, minimumReplicas } = settled;
  const wrong = (all: readonly string[], form: RegExp, propertyPath: string, what: string): Fault[] =>
    all.filter((one) => !form.test(one)).map((one) => ({ propertyPath, reason: `has "${one}"; it must be ${what}` }));
  return [
    ...outside("cpus", settled.cpus, 0.05, 1024, false),
    ...outside("memoryMiB", settled.memoryMiB, 64, 16_777_216, false),
    ...outside("gpus", settled.gpus, 0, 64),
    ...outside("minimumReplicas", minimumReplicas, 2, 10_000),
    ...outside("maximumReplicas", settled.maximumReplicas, minimumReplicas, 10_000),
    ...outside("targetUtilisation", settled.targetUtilisation, 10, 100),
    ...outside("workers", settled.workers, 1, 1024),
    ...outside("threads", settled.threads, 1, 1024),
    ...outside("port", settled.port, 1, 65_535),
    ...wrong(admits, range, "admits", "an address range, such as 203.0.113.0/24"),
    ...wrong(clients, namespaceName, "clients", "the name of a namespace"),
  ];
}

const defaults = {
  ...{ gpus: 0, minimumReplicas: 2, maximumReplicas: 10, targetUtilisation: 60, threads: 4, port: 80 },
  admits: [] as readonly string[],
  clients: [] as readonly string[],
};

/**
 * Checks arguments and fills in defaults.
 *
 * @throws InputPropertiesError naming every argument that is wrong, its value and what is allowed
 */
export function settle(args: KubernetesModelServiceArgs): Settled {
  const message = "A KubernetesModelService cannot be made like this.";
  const { cpus, memoryMiB } = { ...args.measured, ...sizeOf(args) };
  if (cpus === undefined || memoryMiB === undefined) {
    const propertyPath = cpus === undefined ? "cpus" : "memoryMiB";
    throw new InputPropertiesError({ message, errors: [{ propertyPath, reason: "give it, or `measured`" }] });
  }
  const seen = args.memoryMiB === undefined ? (args.measured?.peakMemoryMiB ?? null) : null;
  const { gpus, minimumReplicas, maximumReplicas, targetUtilisation, threads, port, admits, clients } = {
    ...defaults,
    ...args,
  };
  const settled = {
    ...{ cpus, memoryMiB, gpus, minimumReplicas, maximumReplicas, targetUtilisation, threads, port, admits, clients },
    requestedMiB: seen === null ? memoryMiB : Math.min(memoryMiB, Math.ceil(seen * 1.25)),
    workers: args.workers ?? Math.max(1, Math.ceil(cpus)),
  };
  const errors = faultsOf(settled);
  if (errors.length === 0) return settled;
  throw new InputPropertiesError({ message, errors });
}

/** What was said of a replica's size, whatever was measured. */
function sizeOf({ cpus, memoryMiB }: KubernetesModelServiceArgs): Partial<Pick<Settled, "cpus" | "memoryMiB">> {
  return { ...(cpus === undefined ? {} : { cpus }), ...(memoryMiB === undefined ? {} : { memoryMiB }) };
}
