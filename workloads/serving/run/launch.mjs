// Runs the load generator.
import { load } from "../../../tools/load.mjs";

await load("workloads/serving/run/main");
