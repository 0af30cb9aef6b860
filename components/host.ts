import type * as pulumi from "@pulumi/pulumi";
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
