import { z } from "zod";
import { type Planned, resourceRule } from "./rule.ts";

/** All addresses there are. */
const world: readonly string[] = ["0.0.0.0/0", "::/0"];
const port = z.number().int().min(0).max(65_535);

/** Addresses that may come in, and at which ports; without ports at all of them. */
interface Opening {
  readonly from: readonly string[];
  readonly first: number | null;
  readonly last: number | null;
}

const list = z.array(z.string()).nullish();
const openstackRule = z.object({
  direction: z.string(),
  remoteIpPrefix: z.string().nullish(),
  remoteGroupId: z.string().nullish(),
  remoteAddressGroupId: z.string().nullish(),
  portRangeMin: z.number().nullish(),
  portRangeMax: z.number().nullish(),
});
const range = { fromPort: z.number().nullish(), toPort: z.number().nullish() };
const awsRange = z.object({ ...range, cidrBlocks: list, ipv6CidrBlocks: list });
const awsGroup = z.object({ ingress: z.array(awsRange).nullish() });
const awsRule = awsRange.extend({ type: z.string() });
const awsIngress = z.object({ ...range, cidrIpv4: z.string().nullish(), cidrIpv6: z.string().nullish() });
const service = z.object({
  spec: z
    .object({
      type: z.string().nullish(),
      loadBalancerSourceRanges: list,
      ports: z.array(z.object({ port })).nullish(),
    })
    .nullish(),
});

function openstackOpenings(props: unknown): Opening[] {
  const { direction, remoteIpPrefix, remoteGroupId, remoteAddressGroupId, ...ports } = openstackRule.parse(props);
  if (direction !== "ingress") return [];
  const byGroup = (remoteGroupId ?? "") !== "" || (remoteAddressGroupId ?? "") !== "";
  // Without an address and without a group a rule is about everybody.
  const from = (remoteIpPrefix ?? "") === "" ? (byGroup ? [] : world) : [remoteIpPrefix ?? ""];
  return [{ from, first: ports.portRangeMin ?? null, last: ports.portRangeMax ?? null }];
}

function awsOpening(given: z.output<typeof awsRange>): Opening {
  const { fromPort, toPort, cidrBlocks, ipv6CidrBlocks } = given;
  return { from: [...(cidrBlocks ?? []), ...(ipv6CidrBlocks ?? [])], first: fromPort ?? null, last: toPort ?? null };
}

function ingressOpening(props: unknown): Opening {
  const { cidrIpv4, cidrIpv6, fromPort, toPort } = awsIngress.parse(props);
  return { from: [cidrIpv4 ?? "", cidrIpv6 ?? ""], first: fromPort ?? null, last: toPort ?? null };
}

function serviceOpenings(props: unknown): Opening[] {
  const { spec } = service.parse(props);
  if (spec?.type !== "LoadBalancer") return [];
  return (spec.ports ?? []).map(({ port: own }) => ({
    from: spec.loadBalancerSourceRanges ?? world,
    first: own,
    last: own,
  }));
}

function openingsOf({ type, props }: Planned): Opening[] {
  switch (type) {
    case "openstack:networking/secGroupRule:SecGroupRule":
      return openstackOpenings(props);
    case "aws:ec2/securityGroup:SecurityGroup":
      return (awsGroup.parse(props).ingress ?? []).map(awsOpening);
    case "aws:ec2/securityGroupRule:SecurityGroupRule": {
      const rule = awsRule.parse(props);
      return rule.type === "ingress" ? [awsOpening(rule)] : [];
    }
    case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
      return [ingressOpening(props)];
    default:
      return serviceOpenings(props);
  }
}

function isDeclared({ first, last }: Opening, openPorts: readonly number[]): boolean {
  if (first === null || last === null || first < 0) return false;
  const ports = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return ports.every((one) => openPorts.includes(one));
}

function portsText({ first, last }: Opening): string {
  if (first === null || last === null || first < 0) return "every port";
  return first === last ? `port ${String(first)}` : `ports ${String(first)} to ${String(last)}`;
}

/** What comes from all of the internet comes to ports that were declared. */
export const networkNotOpen = resourceRule({
  name: "network-not-open",
  description: "No security group and no load balancer is open to the world, except on a port that was declared.",
  remedy: "Admit the addresses that need it, or declare the port in openPorts.",
  types:
    /^(?:openstack:networking\/secGroupRule:SecGroupRule|aws:ec2\/securityGroup(?:Rule)?:SecurityGroup(?:Rule)?|aws:vpc\/securityGroupIngressRule:SecurityGroupIngressRule|kubernetes:core\/v1:Service)$/,
  config: z.strictObject({
    /** Ports that the world may reach. */
    openPorts: z.array(port).default([]),
  }),
  check: (resource, { openPorts }) =>
    openingsOf(resource)
      .filter((opening) => opening.from.some((from) => world.includes(from)) && !isDeclared(opening, openPorts))
      .map((opening) => `lets the whole world reach ${portsText(opening)}`),
});
