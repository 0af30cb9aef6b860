import { mustHave } from "./availability.ts";
import type { Settings } from "./config.ts";
import { StackBuilder, type StackOutputs } from "./stack.ts";

/** Trains in the environment `bare-metal` alone. */
export function bareMetal(settings: Settings): StackOutputs {
  const builder = new StackBuilder(settings);
  mustHave(builder.machine, "bare-metal");
  return builder.train([builder.host("bare-metal")]);
}
