import type * as pulumi from "@pulumi/pulumi";
import { CustomResource, mergeOptions } from "@pulumi/pulumi/resource.js";
import type { EndpointControl, EndpointFacts } from "../measure/endpoint.ts";
import type { EnvironmentName, HostFacts } from "../measure/facts.ts";
import type { FunctionEditionName } from "../measure/function-edition.ts";
import type { FunctionPackageFacts } from "../measure/function-package.ts";
import type { Attachment, NetworkLink } from "../measure/network.ts";
import type { ScheduleParameters } from "../measure/record.ts";
import type { Results, Skipped } from "../measure/results.ts";
import type { JobState } from "./batch/job-state.ts";
import type { Connection } from "./connection.ts";
import { resourceTypes } from "./resource-types.ts";

/** Arguments of a {@link Run}. */
export interface RunArgs {
  /** Pulumi project that the run belongs to. */
  readonly project: string;
  /** Pulumi stack that the run belongs to. A stack has one live run. */
  readonly stack: string;
  /** Who answers for it. @default nobody is named */
  readonly owner?: string | undefined;
  /** Day, or day and time, from which `underlay reap --expired` destroys it (ISO 8601). @default never */
  readonly expires?: string | undefined;
}

/**
 * One life of a stack, from its first `up` to its `destroy`. Its id is on everything that the stack makes; when it is
 * deleted, last of all, it lists what still carries the id, removes it, and fails if anything stays.
 */
export class Run extends CustomResource {
  /** Letters and digits that name the run: `r` and nine more. */
  declare readonly runId: pulumi.Output<string>;
  /** Day, or day and time, that it may stand until (ISO 8601); undefined for ever. */
  declare readonly expires: pulumi.Output<string | undefined>;

  constructor(name: string, args: RunArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.run, name, { ...args, runId: undefined }, opts);
  }
}

/** A folder of the machine at hand that a sandbox sees, read only. */
export interface Volume {
  /** Absolute path on the machine at hand. */
  readonly source: string;
  /** Absolute path inside the sandbox, below `/data`. */
  readonly target: string;
}

/** Arguments of a {@link Network}. */
export interface NetworkArgs {
  readonly runId: pulumi.Input<string>;
  /** Rate of every host's link, in Mbit/s, in each direction on its own: 1 to 100000. @default 1000 */
  readonly rateMbitPerSec?: number | undefined;
  /** Delay from any host to any other, one way, in ms: 0 to 10000. @default 0 */
  readonly latencyMs?: number | undefined;
  /** Addresses of its hosts, as a range from /16 to /30. @default "198.18.0.0/24" */
  readonly subnet?: string | undefined;
  /** Addresses of containers on its overlay. @default "198.19.0.0/24" */
  readonly overlaySubnet?: string | undefined;
}

/** A network between hosts on the machine at hand, which leads nowhere else. Needs root. */
export class Network extends CustomResource {
  /** What each host that joins is given. */
  declare readonly link: pulumi.Output<NetworkLink>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.network, name, { ...args, name, link: undefined }, opts);
  }
}

/** How a sandbox joins a network. */
export interface Joining {
  /** What the network gives. */
  readonly link: pulumi.Input<NetworkLink>;
  /** Name that the other hosts reach it by: up to 63 lower-case letters, digits and dashes. */
  readonly hostName: string;
  /** Its own address: within the network's range, or a container's within the overlay's. @default that of its host */
  readonly address?: string | undefined;
  /**
   * How a container takes part: `vxlan`, on an overlay as flannel makes it, or `host`, by its host's own link.
   * @default "vxlan"
   */
  readonly overlay?: "vxlan" | "host" | undefined;
}

/** Arguments of a {@link Sandbox}. */
export interface SandboxArgs {
  readonly runId: pulumi.Input<string>;
  /** What isolates: a process in the shared root, a container, or a virtual machine. */
  readonly kind: "process" | "container" | "vm";
  /** The environment that this sandbox is, for its facts. */
  readonly environment: EnvironmentName;
  /** Host that a container runs on. @default the machine at hand */
  readonly on?: pulumi.Input<Connection> | undefined;
  /** Facts of that host. @default the machine at hand */
  readonly onFacts?: pulumi.Input<HostFacts> | undefined;
  /** CPUs that it may use: as many of those that this user may use, from `firstCpu` on. */
  readonly cpus: number;
  /** Its first CPU, counted from 0 over those that this user may use; after the last comes the first. @default 0 */
  readonly firstCpu?: number | undefined;
  /** Memory limit, in MiB. */
  readonly memoryMiB: number;
  /** How that host takes part in the network that the container joins. @default it does not */
  readonly onAttachment?: pulumi.Input<Attachment> | undefined;
  /** The network that it joins. @default none at all */
  readonly network?: Joining | undefined;
  /** Folders that it sees, read only. @default none */
  readonly volumes?: readonly Volume[] | undefined;
}

/** An isolated place on the machine at hand in which sessions run. */
export class Sandbox extends CustomResource {
  /** How to run a command in it. */
  declare readonly connection: pulumi.Output<Connection>;
  /** What was found in it. */
  declare readonly facts: pulumi.Output<HostFacts>;
  /** How it takes part in its network; undefined when it has none. */
  declare readonly attachment: pulumi.Output<Attachment | undefined>;

  constructor(name: string, args: SandboxArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      resourceTypes.sandbox,
      name,
      { ...args, name, connection: undefined, facts: undefined, attachment: undefined },
      opts,
    );
  }
}

/** Arguments of a {@link Slurm}. */
export interface SlurmArgs {
  readonly runId: pulumi.Input<string>;
  /** CPUs that its jobs may use together. @default all of this machine */
  readonly cpus?: number | undefined;
  /** Memory that its jobs may ask for together, in MiB; it is not enforced. @default 3072 */
  readonly memoryMiB?: number | undefined;
}

/** A real Slurm of one node on the machine at hand, in namespaces of its own. Needs root, and set-up `--with slurm`. */
export class Slurm extends CustomResource {
  /** How to run a command where its commands are. */
  declare readonly connection: pulumi.Output<Connection>;

  constructor(name: string, args: SlurmArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.slurm, name, { ...args, name, connection: undefined }, opts);
  }
}

/** Arguments of a {@link BatchJob}. */
export interface BatchJobArgs {
  readonly runId: pulumi.Input<string>;
  /** Way to where the batch system's commands are. */
  readonly connection: pulumi.Input<Connection>;
  /** Whose job it is. */
  readonly system: "slurm" | "torque" | "pbs";
  /** What runs, with the header that the batch system reads. */
  readonly script: pulumi.Input<string>;
  /** Folder on the cluster that it is handed in from, absolute. */
  readonly directory: pulumi.Input<string>;
  /** Whether its end is waited for; a job that failed fails the `up` then. @default true */
  readonly waitForEnd?: boolean | undefined;
  /** Longest wait for its end, in seconds: up to 2592000, which is 30 days. @default 86400 */
  readonly timeoutSec?: number | undefined;
}

/** What has become of a job. */
export type { JobState } from "./batch/job-state.ts";

/** A job in the queue of a cluster. Deleted before it has ended, it is cancelled. */
export class BatchJob extends CustomResource {
  /** As its batch system names it. */
  declare readonly jobId: pulumi.Output<string>;
  /** What has become of it, with what is accounted for; `pulumi refresh` asks again. */
  declare readonly state: pulumi.Output<JobState>;
  /** The last lines of its output. */
  declare readonly log: pulumi.Output<string>;

  constructor(name: string, args: BatchJobArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.batchJob, name, { ...args, name, jobId: undefined, state: undefined, log: undefined }, opts);
  }
}

/** A host that takes part in a measurement. */
export interface MeasuredCompanion {
  readonly connection: pulumi.Input<Connection>;
  readonly facts: pulumi.Input<HostFacts>;
  /** How it takes part in the network of its environment's hosts. @default it shares none with them */
  readonly attachment?: pulumi.Input<Attachment> | undefined;
}

/** An environment that a measurement plays its blocks on: the host that leads, and those beside it. */
export interface MeasuredHost extends MeasuredCompanion {
  readonly environment: EnvironmentName;
  /** As many as the plan has, in its order. @default none */
  readonly companions?: readonly MeasuredCompanion[] | undefined;
}

/** A program that runs beside the one that leads, on a host of its own. */
export interface CompanionPlan {
  /** What it does for the workload, such as `parameter-server`. */
  readonly role: string;
  /** Options beside those of the plan. @default none */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /**
   * What it does while the leading host plays a block: it plays the same block (`together`), it serves the others without
   * being asked anything (`nothing`), or it plays blocks of one step of a series of its own for as long as the block
   * lasts, `beside` the series that are named (`alongside`).
   */
  readonly during:
    | { readonly plays: "together" }
    | { readonly plays: "nothing" }
    | { readonly plays: "alongside"; readonly series: string; readonly beside: readonly string[] };
}

/** What a workload asks of a measurement: what to start, and which blocks to play. */
export interface Plan {
  /** Name of the workload. */
  readonly workload: string;
  /** `quick`, `paper`, or a name of the user's own. */
  readonly profile: string;
  /** Folder of the workload program on the machine at hand. */
  readonly directory: string;
  /** Command of the program, called where its files are; `{program}` stands for that place. */
  readonly command: readonly string[];
  /**
   * Options that the program is started with. Where the hosts of an environment share a network, each is told its `role`
   * and the address of every role, as `peers`, besides.
   */
  readonly options: Readonly<Record<string, unknown>>;
  /** Role of the host that leads. @default "leader" */
  readonly role?: string | undefined;
  /** Programs beside it, each on a host of its own. @default none */
  readonly companions?: readonly CompanionPlan[] | undefined;
  readonly schedule: ScheduleParameters;
  /** Longest time for one answer of the program, in seconds. */
  readonly answerTimeoutSec: number;
}

/** Arguments of a {@link Measurement}. */
export interface MeasurementArgs {
  readonly runId: pulumi.Input<string>;
  readonly hosts: readonly MeasuredHost[];
  /** Environments that were asked for and cannot be had, with the reason. @default none */
  readonly skipped?: readonly Skipped[];
  /** Environment that the others are compared to; one of the hosts. */
  readonly baseline: EnvironmentName;
  readonly plan: Plan;
  /** Folder for the record, absolute or from the project's folder. */
  readonly recordDirectory: string;
}

/** A played schedule: its record on disk, and its results as outputs. */
export class Measurement extends CustomResource {
  declare readonly results: pulumi.Output<Results>;

  constructor(name: string, args: MeasurementArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.measurement, name, { ...args, name, results: undefined }, opts);
  }
}

/** Arguments of an {@link SshKey}. */
export interface SshKeyArgs {
  /** What the public key says about itself: 1 to 64 letters, digits, dots, dashes, underscores and at signs. */
  readonly comment: string;
}

/** A pair of Ed25519 keys, such as a host's own: its private key is a secret of the stack's state, and nowhere else. */
export class SshKey extends CustomResource {
  /** As in a file of authorised keys. */
  declare readonly publicKey: pulumi.Output<string>;
  /** As OpenSSH keeps it. */
  declare readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: SshKeyArgs, opts?: pulumi.CustomResourceOptions) {
    const secrets = mergeOptions(opts, { additionalSecretOutputs: ["privateKey"] });
    super(resourceTypes.sshKey, name, { ...args, publicKey: undefined, privateKey: undefined }, secrets);
  }
}

/** Arguments of an {@link SshHost}. */
export interface SshHostArgs {
  /** The environment that the host is. */
  readonly environment: EnvironmentName;
  /** Name or address. */
  readonly address: pulumi.Input<string>;
  /** User to log in as. */
  readonly user: string;
  /** Port of its SSH server: 1 to 65535. @default 22 */
  readonly port?: number | undefined;
  /** Hosts to go through, as ssh's `ProxyJump` has them. @default none */
  readonly jump?: pulumi.Input<string> | undefined;
  /** File of the private key to log in with. @default what the user's agent and configuration offer */
  readonly identityFile?: string | undefined;
  /** Public key that the host has to show, without a comment. @default one of the known hosts */
  readonly hostKey?: pulumi.Input<string> | undefined;
  /** File of the known hosts, as OpenSSH keeps it. @default the user's own */
  readonly knownHostsFile?: string | undefined;
  /** Whether to wait until cloud-init is done. @default false */
  readonly cloudInit?: boolean | undefined;
  /** Accelerators that `nvidia-smi` has to show there, at least. @default 0 */
  readonly accelerators?: number | undefined;
  /** CPUs that programs are pinned to, from `firstCpu` on. @default all that it has */
  readonly cpus?: number | undefined;
  /** The first of these, from 0. @default 0 */
  readonly firstCpu?: number | undefined;
  /** Most data of each program, in MiB: at least 64. @default all memory */
  readonly memoryMiB?: number | undefined;
  /** The network that it shares with other hosts. @default none is told of */
  readonly network?: RemoteJoining | undefined;
  /** Longest time until it is ready, in seconds: 1 to 86400. @default 1800 */
  readonly readyTimeoutSec?: number | undefined;
}

/** How hosts that exist know each other. */
export interface RemoteJoining {
  /** Name of the network within its run. */
  readonly name: string;
  /** What the host is called there. */
  readonly hostName: string;
}

/** A host that is reached over the system's ssh, once it is ready. It makes nothing there and removes nothing. */
export class SshHost extends CustomResource {
  /** How to run a command on it. */
  declare readonly connection: pulumi.Output<Connection>;
  /** What was found on it. */
  declare readonly facts: pulumi.Output<HostFacts>;
  /** How it takes part in the network that it shares; undefined when none was told of. */
  declare readonly attachment: pulumi.Output<Attachment | undefined>;

  constructor(name: string, args: SshHostArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { connection: undefined, facts: undefined, attachment: undefined };
    super(resourceTypes.sshHost, name, { ...args, ...outputs }, opts);
  }
}

/** Models that a package can be made with. */
export const servedModelNames = ["squeezenet-1.0", "resnet-18", "resnext-50"] as const;
/** A model that a package can be made with. */
export type ServedModelName = (typeof servedModelNames)[number];

/** Arguments of a {@link FunctionPackage}. */
export interface FunctionPackageArgs {
  /** Folder of the serving workload's programs on the machine at hand. */
  readonly directory: string;
  /** The model to serve. */
  readonly model: ServedModelName;
  /** File of its weights: a state dictionary of torchvision's architecture. @default random weights, made from `seed` */
  readonly weights?: string | undefined;
  /** Seed of random weights, from 0 to 4294967295. @default 1 */
  readonly seed?: number | undefined;
  /** Where the model is: in the package, or in a store that a function loads it from. @default "package" */
  readonly modelIn?: "package" | "store" | undefined;
}

/** The package of a function that serves a model: one zip archive, whose bytes depend on nothing but what goes in. */
export class FunctionPackage extends CustomResource {
  /** What was made: path, SHA-256, sizes, model. */
  declare readonly archive: pulumi.Output<FunctionPackageFacts>;

  constructor(name: string, args: FunctionPackageArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.functionPackage, name, { ...args, name, archive: undefined }, opts);
  }
}

/** Arguments of a {@link FunctionFront}. */
export interface FunctionFrontArgs {
  readonly runId: pulumi.Input<string>;
  readonly package: pulumi.Input<FunctionPackageFacts>;
  /** Memory of an instance, in MiB: 128 to 10240, or what the machine has; its CPU share is proportional. */
  readonly memoryMiB: number;
  /** Longest time for a request, in seconds: 1 to 900. @default 30 */
  readonly timeoutSec?: number | undefined;
  /** Space under /tmp, in MiB: 512 to 10240. It is memory. @default 512 */
  readonly ephemeralStorageMiB?: number | undefined;
  /** Instances at the same time: 1 to 200. What is asked for beyond is throttled. @default 10 */
  readonly maximumInstances?: number | undefined;
  /** Idle time after which an instance is ended, in seconds: 1 to 3600. @default 600 */
  readonly idleSec?: number | undefined;
  /** Whether instances are in the machine's own network; if not, they have none. @default false */
  readonly network?: boolean | undefined;
  /** Rules of the service that hold: CPU share, most memory, what is billed. @default "current" */
  readonly edition?: FunctionEditionName | undefined;
  /** Variables of the function's own. They are no secrets: its instances and logs show them. @default none */
  readonly variables?: Readonly<Record<string, string>> | undefined;
}

/** A function on the machine at hand: an HTTP front, and instances that it starts as they are needed. Needs root. */
export class FunctionFront extends CustomResource {
  declare readonly url: pulumi.Output<string>;
  declare readonly facts: pulumi.Output<EndpointFacts>;
  declare readonly control: pulumi.Output<EndpointControl>;

  constructor(name: string, args: FunctionFrontArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { url: undefined, facts: undefined, control: undefined };
    super(resourceTypes.functionFront, name, { ...args, name, ...outputs }, opts);
  }
}
