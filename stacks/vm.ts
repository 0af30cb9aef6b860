import { mustHave } from "./availability.ts";
import type { Settings } from "./config.ts";
import { StackBuilder, type StackOutputs } from "./stack.ts";

/** Trains in the environment `vm` alone. */
export function vm(settings: Settings): StackOutputs {
  const builder = new StackBuilder(settings);
  mustHave(builder.machine, "vm");
  return builder.train([builder.host("vm")]);
}
