// Runs the front of a model service.
import { load } from "../../../tools/load.mjs";

await load("provider/model-service/front/main");
