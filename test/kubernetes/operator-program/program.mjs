// What Pulumi's Node host starts.
import { load } from "../../../tools/load.mjs";

export default async () => ({ ...(await load("test/kubernetes/operator-program/index")) });
