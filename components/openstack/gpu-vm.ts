import type * as pulumi from "@pulumi/pulumi";
import { NovaServer, type ServerArgs } from "./server.ts";

/** Arguments of a {@link GpuVm}. */
export type GpuVmArgs = ServerArgs;

/** A virtual machine, with whole GPUs where its flavor has them. */
export class GpuVm extends NovaServer {
  static readonly type = "underlay:openstack:GpuVm";

  constructor(name: string, args: GpuVmArgs, opts?: pulumi.ComponentResourceOptions) {
    super(GpuVm.type, name, args, "vm", opts);
  }
}
