import { z } from "zod";

/** An image that is there, as whoever runs it has to know it. */
export const builtImageSchema = z.strictObject({
  /** Id of the catalogue's entry. */
  id: z.string(),
  /** Folder that the image was unpacked into: the root of what runs in it. */
  directory: z.string(),
  /** File of the same image for Apptainer; null where there is no Apptainer. */
  file: z.string().nullable().default(null),
  /** `sha256:…` of its archive: equal digests are equal bits. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** Variables that what runs in it is given. */
  environment: z.record(z.string(), z.string()),
  /** How it was made, for people. */
  builder: z.string(),
  /** Its definition file and Dockerfile. */
  definitions: z.strictObject({ apptainer: z.string(), docker: z.string().nullable().default(null) }),
});

/** An image that is there. */
export type BuiltImage = z.infer<typeof builtImageSchema>;
