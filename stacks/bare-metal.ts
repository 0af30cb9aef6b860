import type { Settings } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { StackBuilder } from "./stack.ts";

/** Trains in the environment `bare-metal` alone. */
export function bareMetal(settings: Settings): StackOutputs {
  const builder = new StackBuilder(settings, "bare-metal");
  return builder.train([builder.hosts("bare-metal")]);
}
