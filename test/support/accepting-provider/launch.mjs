import { load } from "../../../tools/load.mjs";

await load("test/support/accepting-provider/main");
