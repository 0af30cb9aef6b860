// What Pulumi's Node host starts: index.ts, whose types were checked before, not at every preview.
import { load } from "./tools/load.mjs";

/** The stack outputs: what index.ts exports, as far as the stack has it. */
export default async () =>
  Object.fromEntries(Object.entries(await load("index")).filter(([, value]) => value !== undefined));
