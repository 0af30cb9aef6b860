import type * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/pulumi/resource.js";
import type { HostFacts } from "../../measure/facts.ts";
import type { Attachment } from "../../measure/network.ts";
import type { Results } from "../../measure/results.ts";
import type { Connection } from "../connection.ts";
import { resourceTypes } from "../resource-types.ts";
import type { Plan } from "../resources.ts";

/** Arguments of a {@link PodAccess}. */
export interface PodAccessArgs {
  readonly runId: pulumi.Input<string>;
  /** The environment that the pod is. */
  readonly environment: "container-on-bare-metal" | "container-on-vm";
  /** Content of a kubeconfig. A secret. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Context of the kubeconfig. @default its current one */
  readonly context?: pulumi.Input<string> | undefined;
  readonly namespace: pulumi.Input<string>;
  /** Who makes the pod: its events tell why there is none. */
  readonly owner: { readonly kind: string; readonly name: pulumi.Input<string> };
  /** Labels that the pod alone has in its namespace. */
  readonly selector: Readonly<Record<string, pulumi.Input<string>>>;
  /** Its container that is entered. */
  readonly container: string;
  /** CPUs that the container was given. */
  readonly cpus: number;
  /** Memory that the container was given, in MiB. */
  readonly memoryMiB: number;
  /** The network that it shares with other pods. @default none is told of */
  readonly network?:
    { readonly name: string; readonly hostName: string; readonly overlay: "cluster" | "host" } | undefined;
  /** Longest time until the pod is ready, in seconds: 1 to 86400. @default 600 */
  readonly readyTimeoutSec?: number | undefined;
  /** How long a trouble that nobody will mend may last, in seconds: 0 to 86400. @default 30 */
  readonly graceSec?: number | undefined;
}

/** The way into a pod of a Kubernetes cluster, once it is ready, and what was found inside. */
export class PodAccess extends CustomResource {
  declare readonly connection: pulumi.Output<Connection>;
  declare readonly facts: pulumi.Output<HostFacts>;
  declare readonly attachment: pulumi.Output<Attachment | undefined>;

  constructor(name: string, args: PodAccessArgs, opts: pulumi.CustomResourceOptions = {}) {
    const outputs = { connection: undefined, facts: undefined, attachment: undefined, pod: undefined };
    const additionalSecretOutputs = ["kubeconfig", ...(opts.additionalSecretOutputs ?? [])];
    super(resourceTypes.podAccess, name, { ...args, ...outputs, name }, { ...opts, additionalSecretOutputs });
  }
}

/** Arguments of a {@link QueuedMeasurement}. */
export interface QueuedMeasurementArgs extends Omit<PodAccessArgs, "network" | "readyTimeoutSec"> {
  /** What the pod was given: a plan of one role. */
  readonly plan: Plan;
  /** Folder for the record, absolute or from the project's folder. */
  readonly recordDirectory: string;
  /** Longest time from its beginning to its end, waiting included, in seconds: 1 to 604800. @default 86400 */
  readonly timeoutSec?: number | undefined;
}

/** A measurement that a cluster's queue carries out by a fixed plan: its record, out of the pod's log, and its results. */
export class QueuedMeasurement extends CustomResource {
  declare readonly results: pulumi.Output<Results>;

  constructor(name: string, args: QueuedMeasurementArgs, opts: pulumi.CustomResourceOptions = {}) {
    const additionalSecretOutputs = ["kubeconfig", ...(opts.additionalSecretOutputs ?? [])];
    const inputs = { ...args, name, results: undefined };
    super(resourceTypes.queuedMeasurement, name, inputs, { ...opts, additionalSecretOutputs });
  }
}
