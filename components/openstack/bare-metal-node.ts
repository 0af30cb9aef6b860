import { Instance } from "@pulumi/openstack/compute/instance.js";
import type * as pulumi from "@pulumi/pulumi";
import { NovaServer, type Server, type ServerArgs } from "./server.ts";

/** Arguments of a {@link BareMetalNode}. */
export type BareMetalNodeArgs = ServerArgs;

/** A whole machine that Ironic provisions, by a flavor of its resource class and from an image of a whole disk. */
export class BareMetalNode extends NovaServer {
  static readonly type = "underlay:openstack:BareMetalNode";

  constructor(name: string, args: BareMetalNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super(BareMetalNode.type, name, args, "bare-metal", opts);
  }

  /**
   * A node that somebody else provisioned: it is read and never changed, and its key has to be among the known hosts.
   *
   * @param name Name in the stack.
   * @param serverId Id of its server in Nova.
   */
  static fromExisting(name: string, serverId: pulumi.Input<string>, opts?: pulumi.CustomResourceOptions): Server {
    const instance = Instance.get(name, serverId, {}, opts);
    return { environment: "bare-metal", serverId: instance.id, address: instance.accessIpV4, hostKey: undefined };
  }
}
