import { jsonSchemas } from "../../measure/json-schemas.ts";
import { requestJsonSchemas } from "../../workloads/optimised-training/dsl.ts";

/** Every published format as JSON Schema 2020-12, by the name of its file in this folder. */
export function publishedFormats(): Readonly<Record<string, object>> {
  return { ...jsonSchemas(), ...requestJsonSchemas() };
}
