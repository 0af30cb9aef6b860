import { output } from "@pulumi/pulumi/output.js";
import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";
import type { Connection } from "../../provider/connection.ts";
import { sshHop } from "../../provider/ssh-hop.ts";
import type { BatchCluster } from "./batch-cluster.ts";

/** How a cluster that stands is reached: as the system's `ssh` does, with the user's own configuration and agent. */
export interface ExistingClusterArgs {
  /** Name or address of its front-end node, or an alias of `~/.ssh/config`. */
  readonly host: string;
  /** Login name there. @default that of `ssh` */
  readonly user?: string;
  /** 1 to 65535. @default that of `ssh` */
  readonly port?: number;
  /** File of the private key on the machine at hand; the key itself is never read here. @default those of `ssh` */
  readonly identityFile?: string;
}

function refuse(argument: string, value: string, allowed: string): never {
  throw new UnderlayError("cluster-invalid", `${argument} is "${value}", but must be ${allowed}.`);
}

/** The way into a cluster. What begins with a dash would be an option of `ssh`. */
function connectionTo(args: ExistingClusterArgs): Connection {
  const { host, user, port, identityFile } = args;
  if (!/^[A-Za-z0-9][A-Za-z0-9.:_-]*$/.test(host)) refuse("host", host, "a name or an address");
  if (user !== undefined && !/^[A-Za-z_][A-Za-z0-9._-]*$/.test(user)) refuse("user", user, "a login name");
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    refuse("port", String(port), "a whole number from 1 to 65535");
  }
  return sshHop(args, identityFile === undefined ? [] : ["IdentitiesOnly=yes"]);
}

/** A cluster that stands, and that nothing here makes or removes. */
abstract class ExistingCluster extends ComponentResource implements BatchCluster {
  readonly connection: pulumi.Output<Connection>;
  abstract readonly system: BatchCluster["system"];

  protected constructor(type: string, name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(type, name, {}, opts);
    this.connection = output(connectionTo(args));
    this.registerOutputs({ connection: this.connection });
  }
}

/** A Slurm cluster that stands. */
export class SlurmCluster extends ExistingCluster {
  static readonly type = "underlay:hpc:SlurmCluster";
  readonly system = "slurm" as const;

  private constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(SlurmCluster.type, name, args, opts);
  }

  /**
   * Describes it.
   *
   * @throws UnderlayError `cluster-invalid` when it cannot be reached that way
   */
  static fromExisting(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions): SlurmCluster {
    return new SlurmCluster(name, args, opts);
  }
}

/** How a Torque or PBS cluster that stands is reached. */
export interface TorqueClusterArgs extends ExistingClusterArgs {
  /** `pbs` for PBS Professional and OpenPBS, whose options are others. @default "torque" */
  readonly system?: "torque" | "pbs";
}

/** A Torque or PBS cluster that stands. */
export class TorqueCluster extends ExistingCluster {
  static readonly type = "underlay:hpc:TorqueCluster";
  readonly system: "torque" | "pbs";

  private constructor(name: string, args: TorqueClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TorqueCluster.type, name, args, opts);
    this.system = args.system ?? "torque";
  }

  /**
   * Describes it.
   *
   * @throws UnderlayError `cluster-invalid` when it cannot be reached that way
   */
  static fromExisting(name: string, args: TorqueClusterArgs, opts?: pulumi.ComponentResourceOptions): TorqueCluster {
    return new TorqueCluster(name, args, opts);
  }
}
