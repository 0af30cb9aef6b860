import { RunError } from "@pulumi/pulumi/errors.js";
import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import { UnderlayError } from "./measure/error.ts";
import { type HpcOutputs, makeStack, type StackOutputs } from "./stacks/index.ts";

async function outputs(): Promise<Partial<StackOutputs & HpcOutputs>> {
  try {
    return await makeStack(allConfig());
  } catch (thrown) {
    // An error that the user can mend is printed without a stack.
    throw thrown instanceof UnderlayError ? new RunError(thrown.message) : thrown;
  }
}

/**
 * What the stack exports: the measured results, and the environments that this machine cannot have; of a stack with a
 * queue, what was chosen and trained.
 */
export const { results, skipped, optimised } = await outputs();
