import { readFileSync } from "node:fs";
import { type Image, type ImageCatalogue, imageCatalogueSchema } from "./schema.ts";

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

/**
 * The live image for machines without accelerators that has a version of a framework.
 *
 * @param framework its name
 * @param version as the framework itself says it, such as `2.21.0` or `2.15.0+cpu`
 * @returns undefined when the catalogue has none
 */
export function liveImage(framework: string, version: string): Image | undefined {
  const own = `${version.split("+")[0] ?? ""}.`;
  return imageCatalogue().images.find(
    (image) =>
      image.status === "live" &&
      image.framework === framework &&
      image.accelerator === "none" &&
      own.startsWith(`${image.version}.`),
  );
}
