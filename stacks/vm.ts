import type { Settings } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { StackBuilder } from "./stack.ts";

/** Trains in the environment `vm` alone. */
export function vm(settings: Settings): StackOutputs {
  const builder = new StackBuilder(settings, "vm");
  return builder.train([builder.hosts("vm")]);
}
