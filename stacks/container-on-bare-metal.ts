import type { Settings } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { StackBuilder } from "./stack.ts";

/** Trains in the environment `container-on-bare-metal` alone. */
export function containerOnBareMetal(settings: Settings): StackOutputs {
  const builder = new StackBuilder(settings, "container-on-bare-metal");
  return builder.train([builder.hosts("container-on-bare-metal")]);
}
