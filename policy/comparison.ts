import { z } from "zod";
import { containersOf, podsOf, podTypes } from "./pods.ts";
import { type PlannedInStack, stackRule } from "./rule.ts";

const sandboxType = "underlay:index:Sandbox";
const sandbox = z.object({ cpus: z.number(), memoryMiB: z.number() });

/** What differs between resources that are compared, in words; nothing when all are equal. */
function differing(what: string, given: readonly (readonly [string, string])[]): string[] {
  const groups = new Map<string, string[]>();
  given.forEach(([name, value]) => groups.set(value, [...(groups.get(value) ?? []), name]));
  if (groups.size < 2) return [];
  const each = [...groups].map(([value, names]) => `${value} (${names.join(", ")})`);
  return [`Environments that are compared differ in ${what}: ${each.join("; ")}`];
}

function ofSandboxes(resources: readonly PlannedInStack[]): string[] {
  const all = resources
    .filter(({ type }) => type === sandboxType)
    .map(({ name, props }) => ({ name, ...sandbox.parse(props) }));
  return [
    ...differing(
      "CPUs",
      all.map(({ name, cpus }) => [name, String(cpus)]),
    ),
    ...differing(
      "memory",
      all.map(({ name, memoryMiB }) => [name, `${String(memoryMiB)} MiB`]),
    ),
  ];
}

function ofPods(resources: readonly PlannedInStack[]): string[] {
  const containers = resources
    .filter(({ type, urn }) => podTypes.test(type) && /underlay:kubernetes:\w*TrainingJob\$/.test(urn))
    .flatMap(({ name, props }) =>
      podsOf(props)
        .flatMap(containersOf)
        .map((one) => ({ ...one, name })),
    );
  const limit = (what: string) =>
    containers.map(({ name, resources: own }) => [name, JSON.stringify(own?.limits?.[what] ?? "none")] as const);
  return [
    ...differing(
      "image",
      containers.map(({ name, image }) => [name, image ?? ""]),
    ),
    ...differing("CPUs", limit("cpu")),
    ...differing("memory", limit("memory")),
  ];
}

/** What is compared differs in what is compared alone. */
export const comparisonFair = stackRule({
  name: "comparison-fair",
  description: "All environments of a comparison have equal CPUs, memory and image.",
  remedy: "Give all of them the same, or compare them in words only.",
  config: z.strictObject({}),
  checkStack: (resources) => [...ofSandboxes(resources), ...ofPods(resources)],
});
