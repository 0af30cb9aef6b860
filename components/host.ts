import type * as pulumi from "@pulumi/pulumi";
import type { EndpointControl, EndpointFacts } from "../measure/endpoint.ts";
import type { EnvironmentName, HostFacts } from "../measure/facts.ts";
import type { Attachment } from "../measure/network.ts";
import type { Connection } from "../provider/connection.ts";

/** A place that sessions run on: all that a workload may know of an environment. */
export interface Host {
  /** Which environment this host is. */
  readonly environment: EnvironmentName;
  /** How to run a command on it. */
  readonly connection: pulumi.Output<Connection>;
  /** What was found on it. */
  readonly facts: pulumi.Output<HostFacts>;
  /**
   * Where a container of this host is started: a connection to the host's own runtime, or undefined when that is the
   * engine of the machine at hand.
   */
  readonly containerConnection: pulumi.Output<Connection> | undefined;
  /** How it takes part in its network, and where the others reach it; undefined when it has none. */
  readonly attachment?: pulumi.Output<Attachment> | undefined;
}

/** A Kubernetes cluster: all that a workload may know of it. */
export interface Cluster {
  /** What a container on it is. */
  readonly environment: EnvironmentName;
  /** How to log in at its API; a secret. */
  readonly kubeconfig: pulumi.Output<string>;
}

/** A function that serves predictions over HTTP: all that a load may know of it. */
export interface Endpoint {
  /** Which environment this is: `serverless`. */
  readonly environment: EnvironmentName;
  /** Base of its addresses, without a slash at the end. Requests go to `/predict` below it, by GET or POST. */
  readonly url: pulumi.Output<string>;
  /** What was asked for and found. */
  readonly facts: pulumi.Output<EndpointFacts>;
  /** How its instances are evicted, so that the next request is a cold one; undefined where nobody may. */
  readonly control: pulumi.Output<EndpointControl> | undefined;
}
