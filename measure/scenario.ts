/** The scenarios of Lin 2018, section 3.3: one instance, several hosts, two instances on one host. */
export const scenarioNames = ["single", "distributed", "shared"] as const;
/** Where and beside what a training runs. */
export type ScenarioName = (typeof scenarioNames)[number];
