import { z } from "zod";
import { keepWarmPerMonth, hoursPerMonth } from "../function-cost.ts";
import { type DatedPrice, instancePrice, ownPrice, type PriceTable, servicePrice } from "./price-table.ts";
import type { PlannedResource } from "./resource.ts";

/** What a resource costs as far as that is known before it is used. */
export type Charge =
  /** For every hour that it is there. */
  | { readonly kind: "hourly"; readonly count: number; readonly what: string; readonly price: DatedPrice }
  /** By what is done with it: nothing is known of that before. */
  | { readonly kind: "by use"; readonly what: string; readonly price: string | null; readonly asOf: string | null }
  /** Nothing of its own. */
  | { readonly kind: "none" }
  /** Nobody said what it costs. */
  | { readonly kind: "unknown"; readonly reason: string };

interface Rule {
  readonly types: RegExp;
  readonly charge: (resource: PlannedResource, all: readonly PlannedResource[], table: PriceTable) => Charge;
}

const text = z.string().nullish();
const unknown = (reason: string): Charge => ({ kind: "unknown", reason });
const hourly = (what: string, price: DatedPrice | null, count = 1): Charge =>
  price === null ? unknown(`no price is known of ${what}`) : { kind: "hourly", count, what, price };
const notTold = (what: string): Charge => unknown(`its ${what} is not known before it is made`);

/** The resources that one comes from, and these from, as far as the program says so. */
function behind(start: PlannedResource, all: readonly PlannedResource[]): PlannedResource[] {
  const found = new Map<string, PlannedResource>();
  const visit = (resource: PlannedResource): void => {
    for (const urn of Object.values(resource.from).flat()) {
      const next = found.has(urn) ? undefined : all.find((one) => one.urn === urn);
      if (next === undefined) continue;
      found.set(urn, next);
      visit(next);
    }
  };
  visit(start);
  return [...found.values()];
}

function openstackServer(resource: PlannedResource, all: readonly PlannedResource[], table: PriceTable): Charge {
  const made = all.find(({ urn }) => resource.from["flavorId"]?.includes(urn) === true);
  // A preview knows the flavor that is made, or the id of one that is there, and not yet which name the cloud has for it.
  const asked = made?.name ?? z.object({ flavorId: text }).parse(resource.props).flavorId ?? "";
  const price = ownPrice(table, asked);
  if (price !== null) return hourly(asked, price);
  const flavor = z.object({ flavorName: text }).parse(resource.props).flavorName ?? made?.name ?? "";
  return flavor === "" ? notTold("flavor") : hourly(flavor, ownPrice(table, flavor));
}

/** A cluster of Magnum: its masters and its nodes, each of a flavor. */
function magnumCluster({ props }: PlannedResource, _all: readonly PlannedResource[], table: PriceTable): Charge {
  const given = z
    .object({ flavor: text, masterFlavor: text, nodeCount: z.number().nullish(), masterCount: z.number().nullish() })
    .parse(props);
  const { flavor, masterFlavor, nodeCount, masterCount } = given;
  const parts = [[masterCount ?? 1, masterFlavor] as const, [nodeCount ?? 1, flavor] as const];
  const found = parts.map(([count, name]) => ({ count, name, price: name == null ? null : ownPrice(table, name) }));
  const unnamed = found.some(({ name }) => name == null);
  if (unnamed) return unknown("its flavors are those of its template, which are not looked up");
  const what = found.map(({ count, name }) => `${String(count)} × ${name ?? ""}`).join(" and ");
  const [first] = found;
  if (found.some(({ price }) => price === null || price.currency !== first?.price?.currency)) return hourly(what, null);
  const amount = found.reduce((sum, { count, price }) => sum + count * (price?.amount ?? 0), 0);
  return hourly(what, first?.price == null ? null : { ...first.price, amount });
}

function ec2Instance({ props }: PlannedResource, _all: readonly PlannedResource[], table: PriceTable): Charge {
  const { instanceType, tenancy, instanceMarketOptions } = z
    .object({ instanceType: text, tenancy: text, instanceMarketOptions: z.object({ marketType: text }).nullish() })
    .parse(props);
  if (instanceType == null) return notTold("type");
  if (instanceMarketOptions?.marketType === "spot")
    return unknown("what is left over has a price that changes all the time");
  if (tenancy != null && tenancy !== "default") return unknown("hardware of one's own has another price");
  return hourly(instanceType, instancePrice(table, "aws", instanceType));
}

function nodeGroup({ props }: PlannedResource, _all: readonly PlannedResource[], table: PriceTable): Charge {
  const scaling = z.object({ desiredSize: z.number().nullish() }).nullish();
  const { instanceTypes, scalingConfig, capacityType } = z
    .object({ instanceTypes: z.array(z.string()).nullish(), scalingConfig: scaling, capacityType: text })
    .parse(props);
  if (capacityType === "SPOT") return unknown("what is left over has a price that changes all the time");
  const [type] = instanceTypes ?? [];
  const count = scalingConfig?.desiredSize ?? null;
  if (type === undefined || count === null) return notTold("size");
  return hourly(type, instancePrice(table, "aws", type), count);
}

function lambda(_resource: PlannedResource, _all: readonly PlannedResource[], { functions }: PriceTable): Charge {
  if (functions === null) return { kind: "by use", what: "requests and their duration", price: null, asOf: null };
  const { duration, perMillionRequests } = functions.function;
  const perSecond = duration.by === "gibSecond" ? duration.architectures.x86_64[0]?.price : undefined;
  const prices = [
    ...(perSecond === undefined ? [] : [`${String(perSecond)} a GiB-second (x86_64)`]),
    ...(perMillionRequests === null ? [] : [`${String(perMillionRequests)} a million requests`]),
  ];
  const price = `${functions.currency} ${prices.join(", ")}`;
  return { kind: "by use", what: "requests and their duration", price, asOf: functions.asOf };
}

function provisioned(resource: PlannedResource, all: readonly PlannedResource[], { functions }: PriceTable): Charge {
  const count = z.object({ provisionedConcurrentExecutions: z.number().nullish() }).parse(resource.props);
  const minimum = count.provisionedConcurrentExecutions ?? null;
  const owner = behind(resource, all).find(({ type }) => type === "aws:lambda/function:Function");
  if (owner === undefined || minimum === null || functions === null) return notTold("function");
  const { memorySize, architectures } = z
    .object({ memorySize: z.number().nullish(), architectures: z.array(z.string()).nullish() })
    .parse(owner.props);
  if (memorySize === null || memorySize === undefined) return notTold("memory");
  const architecture = architectures?.[0] === "arm64" ? "arm64" : "x86_64";
  const instance = { memoryMiB: memorySize, architecture, ephemeralStorageMiB: 512 } as const;
  const { value, reason } = keepWarmPerMonth(functions, instance, { minimum, everyMin: null });
  if (value === null) return unknown(reason);
  const { currency, asOf, name, region } = functions;
  const price = { amount: value / hoursPerMonth, currency, asOf, source: name, region };
  return hourly(`${String(minimum)} instances kept ready, of ${String(memorySize)} MiB`, price);
}

function codeBuild({ props }: PlannedResource, _all: readonly PlannedResource[], table: PriceTable): Charge {
  const { environment } = z.object({ environment: z.object({ computeType: text }).nullish() }).parse(props);
  const size = (environment?.computeType ?? "").replace(/^BUILD_GENERAL1_/, "").toLowerCase();
  const price = servicePrice(table, "aws", `codebuild-general1.${size}`);
  const what = `minutes of builds, general1.${size}`;
  const amount = price === null ? null : `${price.currency} ${String(price.amount)} a minute`;
  return { kind: "by use", what, price: amount, asOf: price?.asOf ?? null };
}

function loadBalancer({ props }: PlannedResource, _all: readonly PlannedResource[], table: PriceTable): Charge {
  const kind = z.object({ loadBalancerType: text }).parse(props).loadBalancerType ?? "application";
  return hourly(`${kind} load balancer, without its traffic`, servicePrice(table, "aws", `${kind}-load-balancer`));
}

function kubernetesService({ props }: PlannedResource, all: readonly PlannedResource[], table: PriceTable): Charge {
  const { spec } = z.object({ spec: z.object({ type: text }).nullish() }).parse(props);
  if (spec?.type !== "LoadBalancer") return { kind: "none" };
  const onEks = all.some(({ type }) => type === "aws:eks/cluster:Cluster");
  const own = ownPrice(table, "kubernetes:core/v1:Service");
  if (own !== null) return hourly("load balancer", own);
  if (!onEks) return unknown("the cluster's cloud makes a load balancer, and which cloud that is is not known");
  return hourly("network load balancer, without its traffic", servicePrice(table, "aws", "network-load-balancer"));
}

const byUse = (what: string) => (): Charge => ({ kind: "by use", what, price: null, asOf: null });

/** What each kind of resource is charged for; the first that fits counts. */
const rules: readonly Rule[] = [
  { types: /^aws:ec2\/instance:Instance$/, charge: ec2Instance },
  { types: /^aws:eks\/nodeGroup:NodeGroup$/, charge: nodeGroup },
  {
    types: /^aws:eks\/cluster:Cluster$/,
    charge: (_resource, _all, table) => hourly("EKS control plane", servicePrice(table, "aws", "eks-cluster")),
  },
  { types: /^aws:(?:lb|alb)\/loadBalancer:LoadBalancer$/, charge: loadBalancer },
  {
    types: /^aws:ec2\/natGateway:NatGateway$/,
    charge: (_resource, _all, table) =>
      hourly("NAT gateway, without its traffic", servicePrice(table, "aws", "nat-gateway")),
  },
  { types: /^aws:lambda\/function:Function$/, charge: lambda },
  { types: /^aws:lambda\/provisionedConcurrencyConfig:/, charge: provisioned },
  { types: /^aws:codebuild\/project:Project$/, charge: codeBuild },
  { types: /^aws:apigatewayv2\/api:Api$/, charge: byUse("requests") },
  { types: /^aws:s3\/bucket(?:V2)?:Bucket/, charge: byUse("what lies in it, and requests") },
  { types: /^aws:ecr\/repository:Repository$/, charge: byUse("what lies in it") },
  { types: /^aws:cloudwatch\/logGroup:LogGroup$/, charge: byUse("logs") },
  {
    types: /^aws:(?:sqs\/queue:Queue|scheduler\/schedule:Schedule|cloudwatch\/eventRule:EventRule)$/,
    charge: byUse("messages"),
  },
  { types: /^openstack:compute\/instance:Instance$/, charge: openstackServer },
  { types: /^openstack:containerinfra\/cluster:Cluster$/, charge: magnumCluster },
  { types: /^kubernetes:core\/v1:Service$/, charge: kubernetesService },
  // What a pod takes is part of its nodes, and nodes have their own price.
  { types: /^kubernetes:(?!core\/v1:PersistentVolume)/, charge: () => ({ kind: "none" }) },
  // The machine at hand is not rented by the hour; `here` of the price book says what it costs.
  { types: /^underlay:/, charge: () => ({ kind: "none" }) },
  {
    types:
      /^(?:pulumi:|command:|aws:iam\/|aws:lambda\/(?:alias|permission):|aws:apigatewayv2\/(?:integration|route|stage|authorizer):|aws:s3\/bucket(?!:Bucket|V2:)|aws:ec2\/(?:securityGroup|subnet|vpc:|route|launchTemplate|keyPair|internetGateway)|aws:vpc\/securityGroup|aws:eks\/(?:addon|accessEntry|accessPolicyAssociation|podIdentityAssociation):|aws:cloudwatch\/eventTarget:|aws:ecr\/(?:lifecyclePolicy|repositoryPolicy):|aws:sqs\/queuePolicy:|aws:lb\/(?:listener|targetGroup))/,
    charge: () => ({ kind: "none" }),
  },
  {
    types:
      /^openstack:(?:networking\/(?:network|subnet|secGroup|secGroupRule|port|router|routerInterface):|compute\/(?:flavor|flavorAccess|keypair|serverGroup):|images\/image:|containerinfra\/clusterTemplate:|identity\/)/,
    charge: () => ({ kind: "none" }),
  },
];

/** Region that a price must be for. */
function elsewhere(charge: Charge, region: string | null): Charge {
  if (charge.kind !== "hourly" || region === null || charge.price.region === null || charge.price.region === region) {
    return charge;
  }
  return unknown(`${charge.what} has a price in ${charge.price.region} alone, and the stack is in ${region}`);
}

/**
 * What a resource is charged for.
 *
 * @param resource It.
 * @param all All of its stack.
 * @param table Prices.
 * @param region Region of AWS that the stack is in; null where nothing says so, and the catalogue's is taken.
 */
export function chargeOf(
  resource: PlannedResource,
  all: readonly PlannedResource[],
  table: PriceTable,
  region: string | null,
): Charge {
  const rule = rules.find(({ types }) => types.test(resource.type));
  if (rule !== undefined) return elsewhere(rule.charge(resource, all, table), region);
  const own = ownPrice(table, resource.type);
  return own === null ? unknown("nothing here knows what such a resource costs") : hourly(resource.type, own);
}
