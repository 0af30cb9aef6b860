import * as log from "@pulumi/pulumi/log/index.js";
import type { Skipped } from "../measure/results.ts";
import { whyNot } from "./availability.ts";
import { localEnvironments, type Settings } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { StackBuilder } from "./stack.ts";

/** Trains in every environment that this machine can have, blocks interleaved, against bare metal. */
export function comparison(settings: Settings): StackOutputs {
  const builder = new StackBuilder(settings, "bare-metal");
  const skipped = localEnvironments.flatMap((environment): Skipped[] => {
    const reason = whyNot(builder.machine, environment, builder.demand);
    return reason === null ? [] : [{ environment, reason }];
  });
  for (const { environment, reason } of skipped) {
    void log.warn(`SKIPPED ${environment}: ${reason}`);
  }
  const possible = localEnvironments.filter((name) => !skipped.some(({ environment }) => environment === name));
  return builder.train(
    possible.map((environment) => builder.hosts(environment)),
    skipped,
  );
}
