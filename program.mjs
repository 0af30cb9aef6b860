// What Pulumi's Node host starts: index.ts, whose types were checked before, not at every preview.
import { load } from "./tools/load.mjs";

/** The stack outputs: what index.ts exports. */
export default async () => ({ ...(await load("index")) });
