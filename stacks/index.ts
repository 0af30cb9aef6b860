import { bareMetal } from "./bare-metal.ts";
import { comparison } from "./comparison.ts";
import type { Settings } from "./config.ts";
import { containerOnBareMetal } from "./container-on-bare-metal.ts";
import { containerOnVm } from "./container-on-vm.ts";
import type { StackOutputs } from "./stack.ts";
import { vm } from "./vm.ts";

/** Every stack by the name that the configuration key `underlay:environment` picks it with. */
export const stacks: Readonly<Record<Settings["environment"], (settings: Settings) => StackOutputs>> = {
  comparison,
  "bare-metal": bareMetal,
  vm,
  "container-on-bare-metal": containerOnBareMetal,
  "container-on-vm": containerOnVm,
};

export { type Settings, configKeys, readConfig } from "./config.ts";
export type { StackOutputs } from "./stack.ts";
