import { Network } from "@pulumi/openstack/networking/network.js";
import { Router } from "@pulumi/openstack/networking/router.js";
import { RouterInterface } from "@pulumi/openstack/networking/routerInterface.js";
import { SecGroup } from "@pulumi/openstack/networking/secGroup.js";
import { SecGroupRule } from "@pulumi/openstack/networking/secGroupRule.js";
import { Subnet } from "@pulumi/openstack/networking/subnet.js";
import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";

/** Traffic that hosts let in. */
export interface AdmissionArgs {
  /** Protocol, as `tcp`, `udp` or `icmp`. */
  readonly protocol: string;
  /** First port, 1 to 65535; of ICMP the type. @default all of them */
  readonly fromPort?: number;
  /** Last port. @default the first one */
  readonly toPort?: number;
  /** Addresses that it may come from, as a range such as `203.0.113.0/24`. */
  readonly from: string;
}

/** Arguments of an {@link OpenStackNetwork}. */
export interface OpenStackNetworkArgs {
  /** Addresses of its hosts. @default "10.77.0.0/24" */
  readonly cidr?: string;
  /** External network that its router leads to; without one its hosts reach each other only. @default none */
  readonly externalNetworkId?: pulumi.Input<string>;
  /** Name servers of its hosts. @default those of the cloud */
  readonly dnsNameservers?: readonly string[];
  /** What hosts let in from outside; from each other they let in everything. @default nothing */
  readonly admits?: readonly AdmissionArgs[];
}

/** What a server has to know of the network that it is on. */
export interface ServerNetwork {
  /** Id of the network. */
  readonly networkId: pulumi.Input<string>;
  /** Ids of the security groups of its port. */
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  /** Settles when its subnet is there: a port before it would have no address. */
  readonly subnetId: pulumi.Input<string>;
}

function mustBeRange({ protocol, fromPort, toPort, from }: AdmissionArgs): void {
  if (!/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(from)) {
    throw new UnderlayError(
      "admission-invalid",
      `admits lets ${protocol} in from "${from}", which is no range of addresses.`,
      "Give one such as 203.0.113.0/24; 0.0.0.0/0 is everybody.",
    );
  }
  if (toPort !== undefined && (fromPort === undefined || toPort < fromPort)) {
    throw new UnderlayError("admission-invalid", `admits has ports from ${String(fromPort)} to ${String(toPort)}.`);
  }
}

/** A network of hosts: their subnet, a router where it leads out, and a security group that admits what is asked for. */
export class OpenStackNetwork extends ComponentResource implements ServerNetwork {
  static readonly type = "underlay:openstack:OpenStackNetwork";
  readonly networkId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  readonly securityGroupIds: readonly pulumi.Output<string>[];
  /** Id of its router; undefined when it leads nowhere else. */
  readonly routerId: pulumi.Output<string> | undefined;

  constructor(name: string, args: OpenStackNetworkArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super(OpenStackNetwork.type, name, {}, opts);
    const { cidr = "10.77.0.0/24", externalNetworkId, dnsNameservers, admits = [] } = args;
    admits.forEach(mustBeRange);
    const own = { parent: this };
    const network = new Network(`${name}-network`, { adminStateUp: true }, own);
    const names = dnsNameservers === undefined ? {} : { dnsNameservers: [...dnsNameservers] };
    const subnet = new Subnet(
      `${name}-subnet`,
      { networkId: network.id, cidr, ipVersion: cidr.includes(":") ? 6 : 4, ...names },
      own,
    );
    this.networkId = network.id;
    this.subnetId = subnet.id;
    this.routerId = undefined;
    if (externalNetworkId !== undefined) {
      const router = new Router(`${name}-router`, { adminStateUp: true, externalNetworkId }, own);
      new RouterInterface(`${name}-router-interface`, { routerId: router.id, subnetId: subnet.id }, own);
      this.routerId = router.id;
    }
    const group = new SecGroup(`${name}-admission`, { description: `hosts of ${name}` }, own);
    const rule = { direction: "ingress", securityGroupId: group.id };
    new SecGroupRule(
      `${name}-admits-own`,
      { ...rule, ethertype: cidr.includes(":") ? "IPv6" : "IPv4", remoteGroupId: group.id },
      own,
    );
    admits.forEach(({ protocol, fromPort, toPort, from }, index) => {
      const ports = fromPort === undefined ? {} : { portRangeMin: fromPort, portRangeMax: toPort ?? fromPort };
      const ethertype = from.includes(":") ? "IPv6" : "IPv4";
      new SecGroupRule(
        `${name}-admits-${String(index)}`,
        { ...rule, ethertype, protocol, remoteIpPrefix: from, ...ports },
        own,
      );
    });
    this.securityGroupIds = [group.id];
    this.registerOutputs({
      networkId: this.networkId,
      subnetId: this.subnetId,
      securityGroupIds: this.securityGroupIds,
    });
  }
}
