import type * as pulumi from "@pulumi/pulumi";
import { LocalHost, type LocalHostArgs } from "./local-host.ts";

/** Arguments of a {@link BareMetalHost}. */
export type BareMetalHostArgs = LocalHostArgs;

/** The machine at hand itself: its own kernel, pinned CPUs, and nothing in between. */
export class BareMetalHost extends LocalHost {
  static readonly type = "underlay:local:BareMetalHost";
  readonly containerConnection = undefined;

  constructor(name: string, args: BareMetalHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super(BareMetalHost.type, name, args, { kind: "process", environment: "bare-metal" }, opts);
  }
}
