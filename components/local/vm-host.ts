import type * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../provider/connection.ts";
import { LocalHost, type LocalHostArgs } from "./local-host.ts";

/** Arguments of a {@link VmHost}. */
export type VmHostArgs = LocalHostArgs;

/** A virtual machine on the machine at hand: KVM where it really boots, else User-Mode Linux, else QEMU's emulation. */
export class VmHost extends LocalHost {
  static readonly type = "underlay:local:VmHost";
  readonly containerConnection: pulumi.Output<Connection>;

  constructor(name: string, args: VmHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super(VmHost.type, name, args, { kind: "vm", environment: "vm" }, opts);
    this.containerConnection = this.connection;
  }
}
