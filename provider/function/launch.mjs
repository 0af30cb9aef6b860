// Runs the front of a function.
import { load } from "../../tools/load.mjs";

await load("provider/function/main");
