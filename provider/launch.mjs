// Serves the provider.
import { load } from "../tools/load.mjs";

await load("provider/main");
