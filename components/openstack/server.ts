import { Instance } from "@pulumi/openstack/compute/instance.js";
import { Port } from "@pulumi/openstack/networking/port.js";
import type * as pulumi from "@pulumi/pulumi";
import { all, secret } from "@pulumi/pulumi/output.js";
import { ComponentResource, Resource } from "@pulumi/pulumi/resource.js";
import type { EnvironmentName } from "../../measure/facts.ts";
import { SshKey } from "../../provider/resources.ts";
import type { ServerNetwork } from "./network.ts";

/** What every server is given. */
export interface ServerArgs {
  /** Id of its flavor. */
  readonly flavorId: pulumi.Input<string>;
  /** Id of its image: for bare metal one of a whole disk. */
  readonly imageId: pulumi.Input<string>;
  /** The network that it is on: an `OpenStackNetwork`, or the ids of one that exists. */
  readonly network: ServerNetwork;
  /** Name of the key pair whose owner may log in. */
  readonly keyPair: pulumi.Input<string>;
  /** Cloud-init's configuration beside what is set here, as an object. @default nothing more */
  readonly cloudConfig?: Readonly<Record<string, unknown>>;
  /** What it says of itself, such as `owner`, `run` and `expires`, a date: see the policy `costly-owned`. @default nothing */
  readonly metadata?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Zone to place it in. @default any */
  readonly availabilityZone?: string;
  /** Id of the server group whose policy it is placed by. @default none */
  readonly serverGroupId?: pulumi.Input<string>;
}

/** A server of OpenStack, as it is seen from outside. */
export interface Server {
  /** Which environment a host on it is. */
  readonly environment: EnvironmentName;
  /** Its id. */
  readonly serverId: pulumi.Output<string>;
  /** Its address on its network. */
  readonly address: pulumi.Output<string>;
  /** Public key that it shows over SSH; undefined when the server was there before and nothing is known. */
  readonly hostKey: pulumi.Output<string> | undefined;
}

/** Cloud-init's configuration as text, with the key that the server shows: its first visitor can check it. */
function userDataOf(key: SshKey, cloudConfig: Readonly<Record<string, unknown>>): pulumi.Output<string> {
  return all([key.privateKey, key.publicKey]).apply(([ed25519_private, ed25519_public]) => {
    // YAML holds JSON whole.
    const config = { ssh_deletekeys: true, ...cloudConfig, ssh_keys: { ed25519_private, ed25519_public } };
    return `#cloud-config\n${JSON.stringify(config)}\n`;
  });
}

/** What is the same for every kind of server: its port, its own SSH key, and itself. */
export abstract class NovaServer extends ComponentResource implements Server {
  readonly environment: EnvironmentName;
  readonly serverId: pulumi.Output<string>;
  readonly address: pulumi.Output<string>;
  readonly hostKey: pulumi.Output<string>;

  protected constructor(
    type: string,
    name: string,
    args: ServerArgs,
    environment: EnvironmentName,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, {}, opts);
    this.environment = environment;
    const own = { parent: this };
    const { network, availabilityZone, serverGroupId, metadata, cloudConfig = {} } = args;
    const key = new SshKey(`${name}-host-key`, { comment: name }, own);
    const port = new Port(
      `${name}-port`,
      {
        networkId: network.networkId,
        adminStateUp: true,
        securityGroupIds: [...network.securityGroupIds],
        fixedIps: [{ subnetId: network.subnetId }],
      },
      // While a server stands, so does its way in: its router and the rules that admit whoever cleans it up.
      { ...own, dependsOn: Resource.isInstance(network) ? [network] : [] },
    );
    const instance = new Instance(
      `${name}-server`,
      {
        flavorId: args.flavorId,
        imageId: args.imageId,
        keyPair: args.keyPair,
        // A drive needs no metadata service, which a provisioning network may not have.
        configDrive: true,
        userData: secret(userDataOf(key, cloudConfig)),
        networks: [{ port: port.id }],
        ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
        ...(availabilityZone === undefined ? {} : { availabilityZone }),
        ...(serverGroupId === undefined ? {} : { schedulerHints: [{ group: serverGroupId }] }),
      },
      // Its port, and so its address, goes from one to the next: two at a time cannot have it.
      { ...own, deleteBeforeReplace: true },
    );
    this.serverId = instance.id;
    this.address = instance.accessIpV4;
    // Two words of it are the key; the third is a comment.
    this.hostKey = key.publicKey.apply((text) => text.split(" ").slice(0, 2).join(" "));
    this.registerOutputs({ serverId: this.serverId, address: this.address, hostKey: this.hostKey });
  }
}
