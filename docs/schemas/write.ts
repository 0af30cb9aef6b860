// Writes the JSON Schema files of this folder: node --import tsx docs/schemas/write.ts
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { publishedFormats } from "./formats.ts";

for (const [name, schema] of Object.entries(publishedFormats())) {
  const file = fileURLToPath(new URL(name, import.meta.url));
  writeFileSync(file, await format(JSON.stringify(schema), { ...(await resolveConfig(file)), filepath: file }));
}
