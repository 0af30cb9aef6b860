import { stackBudget } from "./budget.ts";
import { comparisonFair } from "./comparison.ts";
import { functionLimits } from "./functions.ts";
import { leastPrivilege } from "./identity.ts";
import { imagesPinned } from "./images.ts";
import { networkNotOpen } from "./network.ts";
import { costlyOwned } from "./ownership.ts";
import { podResources, podRights } from "./pods.ts";
import { stackQuota } from "./quota.ts";
import type { Rule } from "./rule.ts";
import { noPlainSecrets } from "./secrets.ts";
import { bucketsPrivate } from "./storage.ts";

/** Every rule of the pack. */
export const rules: readonly Rule[] = [
  networkNotOpen,
  noPlainSecrets,
  costlyOwned,
  bucketsPrivate,
  leastPrivilege,
  imagesPinned,
  podResources,
  podRights,
  functionLimits,
  stackQuota,
  stackBudget,
  comparisonFair,
];
