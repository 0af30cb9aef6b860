import type { Results } from "./results.ts";

/** The scenarios of Lin 2018, section 3.3: one instance, several hosts, two instances on one host. */
export const scenarioNames = ["single", "distributed", "shared"] as const;
/** Where and beside what a training runs. */
export type ScenarioName = (typeof scenarioNames)[number];

/** The scenario of results, by what only it has: series held against the same work alone, or hosts beside the first. */
export function scenarioOf({
  interference,
  environments,
}: Pick<Results, "interference" | "environments">): ScenarioName {
  if (interference !== undefined) return "shared";
  return environments.some(({ companions = [] }) => companions.length > 0) ? "distributed" : "single";
}
