import { z } from "zod";

const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** The image of a service that answers predictions, as it was built. */
export const serviceImageSchema = z.strictObject({
  /** As the machine's container engine knows it, such as `localhost/underlay-service/NAME:TAG`. */
  reference: z.string().min(1),
  /** Digest of its manifest in that engine. Equal sources and locks give equal digests. */
  digest: sha256,
  /** Size of its layers, unpacked, in bytes. */
  bytes: z.int().positive(),
  /** Name and version of what is served, the version being twelve digits of its source's digest. */
  name: z.string(),
  version: z.string(),
  /** Content digest of the source, the models among it. */
  source: sha256,
  /** Digest of the lock's text. */
  lock: sha256,
  packages: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  /** Such as `3.11`. */
  python: z.string(),
  /** The distribution that loads the model. */
  framework: z.string(),
  /** As detection names it; `none` for a function without a model's file. */
  modelFormat: z.string(),
  /** SHA-256 of the model files, in hex; that of nothing where there is none. */
  modelSha256: z.string().regex(/^[0-9a-f]{64}$/),
  modelBytes: z.int().nonnegative(),
  /** From a lock to the image, in seconds; null where it was there already. */
  buildSec: z.number().positive().nullable(),
  /** Folder of the files that it was built from. */
  folder: z.string(),
  /** Body of a first request, as JSON; null where nothing says what the model takes. */
  sample: z.string().nullable(),
  /** Whether it was built for NVIDIA accelerators. */
  cuda: z.boolean().default(false),
  /** By what its versions were chosen, and why; null where an earlier release built it, which does not say. */
  versions: z.string().nullable().default(null),
});

/** The image of a service that answers predictions, as it was built. */
export type ServiceImageFacts = z.infer<typeof serviceImageSchema>;

/** User and group of a service's processes. */
export const serviceUser = 10_001;
