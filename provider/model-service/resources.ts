import type * as pulumi from "@pulumi/pulumi";
import { CustomResource, mergeOptions } from "@pulumi/pulumi/resource.js";
import type { EndpointFacts } from "../../measure/endpoint.ts";
import type { FunctionPackageFacts } from "../../measure/function-package.ts";
import type { ServiceImageFacts } from "../../measure/model-service.ts";
import { resourceTypes } from "../resource-types.ts";

/** Arguments of a {@link ServiceImage}. */
export interface ServiceImageArgs {
  /** A model's file, a module, or a folder of these: an absolute path. */
  readonly source: string;
  /** Folder of the programs that read sources and serve models: `modelServicePrograms` of `underlay/workloads`. */
  readonly programs: string;
  /** Name of the service: letters, digits and dashes. @default the resource's name */
  readonly service?: string | undefined;
  /** What predicts: `MODULE:FUNCTION`, or a model's file. @default what the source says, or what is found in it */
  readonly entry?: string | undefined;
  /** Script of the source that makes the models that are missing. @default what the source says */
  readonly make?: string | undefined;
  /** Whether pickles may be loaded, which runs what is in them. @default false */
  readonly trust?: boolean | undefined;
  /** Whether requests of the same moment are predicted together. @default false */
  readonly batching?: boolean | undefined;
  /** Most inputs that are predicted together: 2 to 10000. Asks for batching. @default 16 */
  readonly batchInputs?: number | undefined;
  /** Longest time that a request waits for others, in ms: 0 to 1000. Asks for batching. @default 2 */
  readonly batchWaitMs?: number | undefined;
  /** Version of Python, such as `3.11`. @default chosen by the source */
  readonly python?: string | undefined;
  /** Whether NVIDIA accelerators compute. @default false */
  readonly cuda?: boolean | undefined;
  /** What the image begins with: `local`, Debian's packages put together here, or `registry`. @default "local" */
  readonly base?: "local" | "registry" | undefined;
  /** Absolute path of a lock with hashes. @default made by uv */
  readonly lock?: string | undefined;
  /** Absolute path of a request's body (JSON), for a first prediction. @default what the source says, or zeros */
  readonly sample?: string | undefined;
  /** Most of all models together, in MiB: 1 to 1048576. @default 4096 */
  readonly mostModelMiB?: number | undefined;
}

/** The container image of a service, built from a model's source by the machine's own engine. */
export class ServiceImage extends CustomResource {
  /** What was built. */
  declare readonly image: pulumi.Output<ServiceImageFacts>;

  constructor(name: string, args: ServiceImageArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.serviceImage, name, { ...args, name, image: undefined }, opts);
  }
}

/** Arguments of a {@link ServiceFunction}. */
export type ServiceFunctionArgs = Omit<
  ServiceImageArgs,
  "batching" | "batchInputs" | "batchWaitMs" | "python" | "cuda" | "base"
>;

/** The same service as the package of a function: for `FunctionEndpoint` on this machine, and `LambdaEndpoint`. */
export class ServiceFunction extends CustomResource {
  /** What was made: path, SHA-256, sizes, model. */
  declare readonly archive: pulumi.Output<FunctionPackageFacts>;

  constructor(name: string, args: ServiceFunctionArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.serviceFunction, name, { ...args, name, archive: undefined }, opts);
  }
}

/** Arguments of a {@link ServiceContainer}. */
export interface ServiceContainerArgs {
  readonly runId: pulumi.Input<string>;
  readonly service: pulumi.Input<ServiceImageFacts>;
  /** Port on loopback. @default 0, any that is free */
  readonly port?: number | undefined;
  /** CPUs, as a share of time: 0.1 to 1024. @default 1 */
  readonly cpus?: number | undefined;
  /** Memory, in MiB: 64 to 16777216. @default 2048 */
  readonly memoryMiB?: number | undefined;
  /** Processes, each with the model of its own: 1 to 64. @default 1 */
  readonly workers?: number | undefined;
  /** Requests that each works at: 1 to 256. @default 4 */
  readonly threads?: number | undefined;
}

/** A service on the machine at hand: a container without a network, and a front on loopback that is its address. */
export class ServiceContainer extends CustomResource {
  declare readonly url: pulumi.Output<string>;
  declare readonly facts: pulumi.Output<EndpointFacts>;
  /** From the container's start until the model was loaded, in seconds. */
  declare readonly coldStartSec: pulumi.Output<number>;

  constructor(name: string, args: ServiceContainerArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { url: undefined, facts: undefined, coldStartSec: undefined };
    super(resourceTypes.serviceContainer, name, { ...args, name, ...outputs }, opts);
  }
}

/** Arguments of an {@link ImagePush}. */
export interface ImagePushArgs {
  readonly service: pulumi.Input<ServiceImageFacts>;
  /** Where it goes, such as `registry.example.org/team/name:1`. */
  readonly target: string;
  /** Who logs in there. @default whoever the engine is logged in as */
  readonly username?: pulumi.Input<string> | undefined;
  /** A secret. */
  readonly password?: pulumi.Input<string> | undefined;
  /** Whether the registry speaks plain HTTP. @default false */
  readonly plain?: boolean | undefined;
}

/** A service's image in a registry. What was pushed stays there when the resource is deleted. */
export class ImagePush extends CustomResource {
  /** `NAME@sha256:…` by which the registry has exactly this image. */
  declare readonly pushed: pulumi.Output<string>;

  constructor(name: string, args: ImagePushArgs, opts?: pulumi.CustomResourceOptions) {
    const secrets = mergeOptions(opts, { additionalSecretOutputs: ["password"] });
    super(resourceTypes.imagePush, name, { ...args, name, pushed: undefined }, secrets);
  }
}
