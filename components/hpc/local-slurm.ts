import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { Connection } from "../../provider/connection.ts";
import { type Run, Slurm } from "../../provider/resources.ts";
import type { BatchCluster } from "./batch-cluster.ts";

/** Arguments of a {@link LocalSlurm}. */
export interface LocalSlurmArgs {
  /** The run that it belongs to. */
  readonly run: Run;
  /** CPUs that its jobs may use together. @default all of this machine */
  readonly cpus?: number;
  /** Memory that its jobs may ask for together, in MiB; it is not enforced. @default 3072 */
  readonly memoryMiB?: number;
}

/** A real Slurm of one node, the machine at hand. Needs root, and `underlay setup --with slurm`. */
export class LocalSlurm extends ComponentResource implements BatchCluster {
  static readonly type = "underlay:hpc:LocalSlurm";
  readonly system = "slurm" as const;
  readonly connection: pulumi.Output<Connection>;

  constructor(name: string, args: LocalSlurmArgs, opts?: pulumi.ComponentResourceOptions) {
    super(LocalSlurm.type, name, {}, opts);
    const { run, ...size } = args;
    const slurm = new Slurm(`${name}-slurm`, { ...size, runId: run.runId }, { parent: this });
    this.connection = slurm.connection;
    this.registerOutputs({ connection: this.connection });
  }
}
