import { readFileSync } from "node:fs";
import { type ImageCatalogue, imageCatalogueSchema } from "./schema.ts";

let catalogue: ImageCatalogue | undefined;

/**
 * The images that are known, and which versions go together. Read once.
 *
 * @throws ZodError when the file is not what the schema wants, which a test rules out.
 */
export function imageCatalogue(): ImageCatalogue {
  const file = new URL("./images.json", import.meta.url);
  catalogue ??= imageCatalogueSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return catalogue;
}
