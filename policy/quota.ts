import { z } from "zod";
import { podsOf, podTypes } from "./pods.ts";
import { type PlannedInStack, stackRule } from "./rule.ts";

const flavorOf = z.object({ flavorName: z.string().nullish(), instanceType: z.string().nullish() });
const specs = z.object({ extraSpecs: z.record(z.string(), z.string()).nullish() });
const isServer = ({ type }: PlannedInStack): boolean => /^(?:openstack:compute|aws:ec2)\/instance:Instance$/.test(type);

/** The flavor of a server, if it is one of the same stack. */
function flavorsOf({ from }: PlannedInStack, resources: readonly PlannedInStack[]): PlannedInStack[] {
  return resources.filter(({ urn }) => from["flavorId"]?.includes(urn) === true);
}

/** GPUs that the flavor of a server passes through, as far as it is one of the same stack. */
function gpusOfServer(server: PlannedInStack, resources: readonly PlannedInStack[]): number {
  const aliases = flavorsOf(server, resources).map(
    ({ props }) => specs.parse(props).extraSpecs?.["pci_passthrough:alias"] ?? "",
  );
  return aliases
    .flatMap((alias) => alias.split(",").filter(Boolean))
    .reduce((sum, one) => sum + Number(one.split(":")[1] ?? 1), 0);
}

function gpusOfPods({ type, props }: PlannedInStack): number {
  if (!podTypes.test(type)) return 0;
  const limits = podsOf(props).flatMap(({ containers }) => containers.map(({ resources }) => resources?.limits ?? {}));
  return limits
    .flatMap((limit) => Object.entries(limit))
    .reduce((sum, [name, amount]) => (name.endsWith("/gpu") ? sum + Number(amount) : sum), 0);
}

/** Price of the servers for an hour, and what has none. */
function priced(
  servers: readonly PlannedInStack[],
  resources: readonly PlannedInStack[],
  prices: Readonly<Record<string, number>>,
) {
  const flavors = servers.map((server) => {
    const { flavorName, instanceType } = flavorOf.parse(server.props);
    // A flavor of the same stack is given its name by the cloud: until then it has that of the program.
    return { name: server.name, flavor: flavorName ?? instanceType ?? flavorsOf(server, resources)[0]?.name ?? "" };
  });
  const unknown = flavors.filter(({ flavor }) => prices[flavor] === undefined);
  const perHour = flavors.reduce((sum, { flavor }) => sum + (prices[flavor] ?? 0), 0);
  return { perHour, unknown: unknown.map(({ name }) => name) };
}

function beyond(what: string, count: number, most: number | undefined): string[] {
  return most === undefined || count <= most
    ? []
    : [`The stack has ${String(count)} ${what}, and may have ${String(most)}`];
}

/** A stack stays within what it was given. */
export const stackQuota = stackRule({
  name: "stack-quota",
  description: "A stack has no more servers and GPUs, and costs no more in an hour, than it may.",
  remedy: "Take some out, or ask who set the limit.",
  config: z.strictObject({
    /** Servers, virtual or of metal. */
    maxNodes: z.number().int().nonnegative().default(64),
    /** GPUs of servers and pods. */
    maxGpus: z.number().int().nonnegative().default(64),
    /** Price of all servers for an hour, in the currency of `prices`. */
    maxPerHour: z.number().nonnegative().optional(),
    /** Price of a server for an hour, by the name of its flavor or type; of a flavor of the stack, by its name there. */
    prices: z.record(z.string(), z.number().nonnegative()).default({}),
  }),
  checkStack: (resources, { maxNodes, maxGpus, maxPerHour, prices }) => {
    const servers = resources.filter(isServer);
    const gpus = servers
      .map((one) => gpusOfServer(one, resources))
      .concat(resources.map(gpusOfPods))
      .reduce((sum, one) => sum + one, 0);
    const money = maxPerHour === undefined ? null : priced(servers, resources, prices);
    return [
      ...beyond("servers", servers.length, maxNodes),
      ...beyond("GPUs", gpus, maxGpus),
      ...beyond("of cost for an hour", money?.perHour ?? 0, maxPerHour),
      ...(money === null || money.unknown.length === 0 ? [] : [`No price is known of ${money.unknown.join(", ")}`]),
    ];
  },
});
