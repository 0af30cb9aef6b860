import type * as pulumi from "@pulumi/pulumi";
import { getProject, getStack } from "@pulumi/pulumi/metadata.js";
import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import { isDate } from "../measure/date.ts";
import { UnderlayError } from "../measure/error.ts";
import { Run } from "../provider/resources.ts";
import { configNamespace } from "./config.ts";

/** Who answers for a stack, and how long it may stand. */
export interface Tenure {
  readonly owner?: string;
  /** A date, or a date with its time (ISO 8601). */
  readonly expires?: string;
}

const [ownerKey, expiresKey] = [`${configNamespace}:owner`, `${configNamespace}:expires`];

/**
 * Takes what is asked of every stack, whatever it measures, out of a configuration.
 *
 * @param all all configuration of the stack, as `namespace:key` and text
 * @throws UnderlayError `config-invalid` when it expires on what is no date
 */
export function splitTenure(all: Readonly<Record<string, string>>): { tenure: Tenure; rest: Record<string, string> } {
  const { [ownerKey]: owner = "", [expiresKey]: expires = "", ...rest } = all;
  if (expires !== "" && !isDate(expires)) {
    throw new UnderlayError(
      "config-invalid",
      `${expiresKey} is "${expires}", which is no date.`,
      `Give one such as 2026-12-31 or 2026-12-31T18:00:00Z, or leave it out.`,
    );
  }
  return { tenure: { ...(owner === "" ? {} : { owner }), ...(expires === "" ? {} : { expires }) }, rest };
}

/** What resources of clouds say of themselves, as the policy `costly-owned` and `underlay reap --target` ask for it. */
export function tagsOf({ runId }: Run): Record<string, pulumi.Input<string>> {
  return { run: runId, ...splitTenure(allConfig()).tenure };
}

/** The run of the stack that is being made, with who answers for it and how long it may stand. */
export function startRun(): Run {
  return new Run("run", { project: getProject(), stack: getStack(), ...splitTenure(allConfig()).tenure });
}
