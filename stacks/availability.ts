import { availableParallelism } from "node:os";
import { UnderlayError } from "../measure/error.ts";
import type { ScenarioName } from "../measure/scenario.ts";
import { findingOf, type Machine } from "../provider/machine.ts";
import type { FrameworkName } from "../workloads/index.ts";
import type { LocalEnvironment } from "./config.ts";

const needs: Readonly<Record<LocalEnvironment, readonly (keyof Machine)[]>> = {
  "bare-metal": ["root", "bubblewrap"],
  vm: ["root", "guestKernel"],
  "container-on-bare-metal": ["root", "bubblewrap", "containerEngine"],
  "container-on-vm": ["root", "guestKernel"],
};

const findingIds: Partial<Record<keyof Machine, string>> = {
  guestKernel: "guest-kernel",
  containerEngine: "container-engine",
};

/** What a stack asks of its environments. */
export interface Demand {
  /** CPUs of every host. @default 1 */
  readonly cpus?: number;
  /** @default "single" */
  readonly scenario?: ScenarioName;
}

/** Why a machine cannot have an environment for what is asked of it; null when it can. */
export function whyNot(machine: Machine, environment: LocalEnvironment, demand: Demand = {}): string | null {
  const { cpus = 1 } = demand;
  const missing = needs[environment].find((part) => machine[part] === null);
  if (missing !== undefined) {
    const finding = findingOf(machine, findingIds[missing] ?? missing);
    return finding === undefined
      ? `${missing} is missing`
      : `${finding.title}: ${finding.detail}${finding.remedy === null ? "" : ` (${finding.remedy})`}`;
  }
  const inGuest = needs[environment].includes("guestKernel");
  const lacking = whyNotScenario(demand);
  if (lacking !== null) {
    return lacking;
  }
  return inGuest && cpus > 1 && machine.guestKernel?.kind === "user-mode-linux"
    ? `cpus is ${String(cpus)}, and a User-Mode Linux guest has one (set cpus to 1)`
    : null;
}

function whyNotScenario({ cpus = 1, scenario = "single" }: Demand): string | null {
  const usable = availableParallelism();
  if (scenario === "shared" && usable < 2 * cpus) {
    return `two hosts beside each other need ${String(2 * cpus)} CPUs, and this machine lets us use ${String(usable)}`;
  }
  return scenario === "distributed" && process.getuid?.() !== 0 ? "a network between hosts needs root" : null;
}

/** CPUs that every host of a stack can have: all of this machine's, or half where hosts are busy beside each other. */
export function commonCpus(machine: Machine, usable: number, scenario: ScenarioName = "single"): number {
  if (machine.guestKernel?.kind === "user-mode-linux") {
    return 1;
  }
  return scenario === "single" ? usable : Math.max(1, Math.floor(usable / 2));
}

/**
 * Refuses an environment that this machine cannot have.
 *
 * @throws UnderlayError `environment-unavailable` with the reason and its remedy
 */
export function mustHave(machine: Machine, environment: LocalEnvironment, demand: Demand): void {
  const reason = whyNot(machine, environment, demand);
  if (reason !== null) {
    throw new UnderlayError(
      "environment-unavailable",
      `This machine cannot have the environment "${environment}": ${reason}.`,
    );
  }
}

/**
 * Refuses a framework that set-up has not made. TensorFlow is in the shared root.
 *
 * @throws UnderlayError `framework-unavailable` with the reason and its remedy
 */
export function mustHaveFramework(machine: Machine, framework: FrameworkName): void {
  if (framework === "pytorch" && machine.pytorch === null) {
    const finding = findingOf(machine, "pytorch");
    throw new UnderlayError(
      "framework-unavailable",
      `This machine cannot train by the framework "pytorch": ${finding?.detail ?? "set-up has not looked for it"}.`,
      finding?.remedy ?? "Run `npx underlay setup --with pytorch`.",
    );
  }
}
