import { UnderlayError } from "../measure/error.ts";
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

/** Why a machine cannot have an environment with so many CPUs; null when it can. */
export function whyNot(machine: Machine, environment: LocalEnvironment, cpus = 1): string | null {
  const missing = needs[environment].find((part) => machine[part] === null);
  if (missing !== undefined) {
    const finding = findingOf(machine, findingIds[missing] ?? missing);
    return finding === undefined
      ? `${missing} is missing`
      : `${finding.title}: ${finding.detail}${finding.remedy === null ? "" : ` (${finding.remedy})`}`;
  }
  const inGuest = needs[environment].includes("guestKernel");
  return inGuest && cpus > 1 && machine.guestKernel?.kind === "user-mode-linux"
    ? `cpus is ${String(cpus)}, and a User-Mode Linux guest has one (set cpus to 1)`
    : null;
}

/** CPUs that every environment of this machine can have. */
export function commonCpus(machine: Machine, usable: number): number {
  return machine.guestKernel?.kind === "user-mode-linux" ? 1 : usable;
}

/**
 * Refuses an environment that this machine cannot have.
 *
 * @throws UnderlayError `environment-unavailable` with the reason and its remedy
 */
export function mustHave(machine: Machine, environment: LocalEnvironment, cpus: number): void {
  const reason = whyNot(machine, environment, cpus);
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
