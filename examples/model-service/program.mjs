// What Pulumi's Node host starts: index.ts beside it.
import { load } from "../../tools/load.mjs";

/** The stack outputs: what index.ts exports. */
export default async () => ({ ...(await load("examples/model-service/index")) });
