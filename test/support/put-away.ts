import { rmSync } from "node:fs";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { takeUp } from "../../cli/workspace.ts";

interface Deployment {
  readonly resources?: readonly unknown[];
  readonly pending_operations?: readonly unknown[];
}

/** Destroys what stands of a stack, if a test left anything, and removes its state folder. */
export async function putAway(stack: Stack, state: string): Promise<void> {
  const { resources = [], pending_operations: pending = [] } = (await stack.exportStack()).deployment as Deployment;
  if (resources.length + pending.length > 0) {
    await takeUp(stack);
    await stack.destroy({ refresh: false });
  }
  rmSync(state, { recursive: true, force: true });
}
