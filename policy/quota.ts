import { z } from "zod";
import { podsOf, podTypes } from "./pods.ts";
import { type PlannedInStack, stackRule } from "./rule.ts";

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

function beyond(what: string, count: number, most: number): string[] {
  return count <= most ? [] : [`The stack has ${String(count)} ${what}, and may have ${String(most)}`];
}

/** A stack stays within what it was given. */
export const stackQuota = stackRule({
  name: "stack-quota",
  description: "A stack has no more servers and GPUs than it may.",
  remedy: "Take some out, or ask who set the limit.",
  config: z.strictObject({
    /** Servers, virtual or of metal. */
    maxNodes: z.number().int().nonnegative().default(64),
    /** GPUs of servers and pods. */
    maxGpus: z.number().int().nonnegative().default(64),
  }),
  checkStack: (resources, { maxNodes, maxGpus }) => {
    const servers = resources.filter(isServer);
    const gpus = servers
      .map((one) => gpusOfServer(one, resources))
      .concat(resources.map(gpusOfPods))
      .reduce((sum, one) => sum + one, 0);
    return [...beyond("servers", servers.length, maxNodes), ...beyond("GPUs", gpus, maxGpus)];
  },
});
