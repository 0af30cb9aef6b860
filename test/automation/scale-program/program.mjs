// What Pulumi's Node host starts.
import { load } from "../../../tools/load.mjs";

export default async () => ({ ...(await load("test/automation/scale-program/index")) });
