import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { EndpointControl, EndpointFacts } from "../../measure/endpoint.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import type { FunctionEditionName } from "../../measure/function-edition.ts";
import type { FunctionPackageFacts } from "../../measure/function-package.ts";
import { FunctionFront, type Run } from "../../provider/resources.ts";
import type { Endpoint } from "../host.ts";

/** Arguments of a {@link FunctionEndpoint}. */
export interface FunctionEndpointArgs {
  /** The run that the endpoint belongs to. */
  readonly run: Run;
  /** Package of the function, as a `FunctionPackage` gives it; the same goes to the cloud. */
  readonly package: pulumi.Input<FunctionPackageFacts>;
  /**
   * Memory of an instance, in MiB: 128 to 10240, or what the machine has. Its CPU share is proportional: 1769 MiB are one
   * CPU.
   * @default 1769
   */
  readonly memoryMiB?: number;
  /** Longest time for a request, in seconds: 1 to 900. @default 30 */
  readonly timeoutSec?: number;
  /** Space under /tmp, in MiB: 512 to 10240. @default 512 */
  readonly ephemeralStorageMiB?: number;
  /** Instances at the same time: 1 to 200. What is asked for beyond is throttled with 429. @default 10 */
  readonly maximumInstances?: number;
  /** Idle time after which an instance is ended, in seconds: 1 to 3600. @default 600 */
  readonly idleSec?: number;
  /** Whether instances are in the machine's own network; if not, they have none. @default false */
  readonly network?: boolean;
  /** Rules of the service that hold: as of today, or of 2017. @default "current" */
  readonly edition?: FunctionEditionName;
  /** Variables of the function's own. They are no secrets: its instances show them. @default none */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Memory of an instance that does not ask for another amount, in MiB: one whole CPU. */
const defaultMemoryMiB = 1769;

/** A function on the machine at hand that serves predictions, as AWS Lambda behind an HTTP API does. Needs root. */
export class FunctionEndpoint extends ComponentResource implements Endpoint {
  static readonly type = "underlay:local:FunctionEndpoint";
  readonly environment: EnvironmentName = "serverless";
  readonly url: pulumi.Output<string>;
  readonly facts: pulumi.Output<EndpointFacts>;
  readonly control: pulumi.Output<EndpointControl>;

  constructor(name: string, args: FunctionEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super(FunctionEndpoint.type, name, {}, opts);
    const { run, memoryMiB = defaultMemoryMiB, ...rest } = args;
    const front = new FunctionFront(`${name}-front`, { ...rest, runId: run.runId, memoryMiB }, { parent: this });
    this.url = front.url;
    this.facts = front.facts;
    this.control = front.control;
    this.registerOutputs({ url: this.url, facts: this.facts, control: this.control });
  }
}
