import type * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../provider/connection.ts";
import type { BatchJobArgs } from "../../provider/resources.ts";

/** A cluster that jobs can be handed to: all that a job has to know of it. */
export interface BatchCluster {
  /** Its batch system. */
  readonly system: BatchJobArgs["system"];
  /** Way to where its commands are. */
  readonly connection: pulumi.Output<Connection>;
}
