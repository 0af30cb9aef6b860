import type { Settings } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { StackBuilder } from "./stack.ts";

/** Trains in the environment `container-on-vm` alone. */
export function containerOnVm(settings: Settings): StackOutputs {
  const builder = new StackBuilder(settings, "container-on-vm");
  return builder.train([builder.hosts("container-on-vm")]);
}
