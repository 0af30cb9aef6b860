import { UnderlayError } from "../../measure/error.ts";

/** Forms that an image can have: a folder, an archive as OCI specifies it, a file of Apptainer. */
export type ImageForm = "folder" | "oci-archive" | "sif";

/** A form with the place of the image. */
export interface PlacedImage {
  readonly form: ImageForm;
  readonly path: string;
}

/** What there is to convert with: absolute paths, null for what is not there. */
export interface Converters {
  readonly apptainer: string | null;
  readonly podman: string | null;
}

const need = (what: string, form: string): UnderlayError =>
  new UnderlayError(
    "conversion-unavailable",
    `An image cannot be made into the form ${form} here: ${what} is not on this machine.`,
    `Install ${what}, or convert where it is.`,
  );

/**
 * Commands that bring an image from one form into another, in order.
 *
 * @param from the image that is there
 * @param to the form that is wanted, and where
 * @param converters what there is to do it with
 * @throws UnderlayError `conversion-unavailable` with what is missing
 */
export function conversionCommands(from: PlacedImage, to: PlacedImage, converters: Converters): string[][] {
  const { apptainer, podman } = converters;
  if (to.form === "sif" || from.form === "sif") {
    if (apptainer === null) throw need("Apptainer", to.form);
    const source = from.form === "oci-archive" ? `oci-archive:${from.path}` : from.path;
    if (to.form === "sif") return [[apptainer, "build", "--fakeroot", to.path, source]];
    if (to.form === "folder") return [[apptainer, "build", "--fakeroot", "--sandbox", to.path, source]];
    const aside = { form: "folder", path: `${to.path}.folder` } as const;
    return [...conversionCommands(from, aside, converters), ...conversionCommands(aside, to, converters)];
  }
  if (podman === null) throw need("podman", to.form);
  if (to.form === "folder") throw need("Apptainer", to.form);
  const reference = "localhost/underlay-conversion";
  const archive = `${to.path}.tar`;
  return [
    ["tar", "--create", `--file=${archive}`, "--numeric-owner", `--directory=${from.path}`, "."],
    [podman, "import", archive, reference],
    [podman, "save", "--format", "oci-archive", "--output", to.path, reference],
  ];
}
