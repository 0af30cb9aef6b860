import { isAbsolute } from "node:path";
import { z } from "zod";

const absolute = z.string().refine(isAbsolute, "must be an absolute path");
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, "must be the name of a Debian package");
/** What ends a word or a line of a definition file would begin something else. */
const word = z.string().regex(/^[^\s"'\\$`]+$/, "must be one word without blanks, quotes, backslashes, $ and `");

/** What an image begins with: the shared root, Debian's packages, or an image of a registry. */
export const imageBaseSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("root") }),
  z.strictObject({
    kind: z.literal("debian"),
    suite: z.enum(["bookworm", "trixie"]),
    packages: z.array(packageName).min(1),
  }),
  z.strictObject({ kind: z.literal("registry"), reference: word }),
]);

/** An image, in the sections that definition files have: all that its content follows from. */
export const imageDescriptionSchema = z.strictObject({
  /** Id of the catalogue's entry that it is. */
  id: z.string().regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/),
  base: imageBaseSchema,
  /** Files and folders of the machine at hand, and where they are in the image. */
  files: z.array(z.strictObject({ source: absolute, target: absolute.and(word) })).default([]),
  environment: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string().regex(/^[^\n"\\$`]*$/)).default({}),
  /** Lines of a POSIX shell that run in the image once its files are there; never of a request. */
  post: z.array(z.string()).default([]),
  /** Command that the image runs when none is named; empty for none. */
  run: z.array(z.string()).default([]),
});

/** An image, in the sections that definition files have. */
export type ImageDescription = z.infer<typeof imageDescriptionSchema>;
