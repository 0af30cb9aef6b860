import { z } from "zod";

/** Version of the format of image catalogues. */
export const imageCatalogueVersion = 1;

/** Frameworks that images carry. */
export const imageFrameworks = ["tensorflow", "pytorch", "mxnet", "cntk"] as const;
/** A framework that an image carries. */
export type ImageFramework = (typeof imageFrameworks)[number];

/** Graph compilers and kernel libraries that an image can carry, and a run can switch on. */
export const graphCompilers = ["xla", "ngraph", "glow", "onednn", "inductor", "openvino"] as const;
/** A graph compiler or kernel library. */
export type GraphCompiler = (typeof graphCompilers)[number];

const identifier = z.string().regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/);
const version = z.string().regex(/^\d+(?:\.\d+)*$/);
const date = z.string().regex(/^\d{4}-\d{2}(?:-\d{2})?$/);

/** Where a fact is from. */
export const sourceSchema = z.strictObject({
  id: identifier,
  title: z.string().min(1),
  /** Where it can be read: an address without a scheme, or a path of this repository. */
  location: z.string().min(1),
  /** When the source says so: its own date, or that of the version that was read. */
  date,
});

/** How the framework came into the image: `hub`, the project's own image; `wheel`, its package; `source`, compiled. */
const buildSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("hub") }),
  z.strictObject({
    kind: z.literal("wheel"),
    /** As a requirement of pip; null where the source does not say. */
    requirement: z.string().nullable(),
    /** Lock of this repository that the image is made from; null when it is not made here. */
    lock: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal("source"),
    /** Of the compiler or its build tool; null where the source does not say. */
    flags: z.array(z.string()).nullable(),
    compiler: z.string().nullable(),
    buildTool: z.string().nullable(),
  }),
]);

/** What a publication says of an image beside another: it trained so much faster. */
export const claimSchema = z.strictObject({
  workload: identifier,
  /** Id of the image that it is compared to. */
  than: identifier,
  /** Images per second ÷ those of the other: 1.17 for "17 % faster". */
  speedup: z.number().positive(),
  /** The source's own words, 25 at most. */
  words: z
    .string()
    .min(1)
    .refine((text) => text.split(/\s+/).length <= 25, "a quotation has at most 25 words"),
  source: identifier,
});

/** An image, and what is known of it. */
export const imageSchema = z.strictObject({
  id: identifier,
  /** `historical`: as published, and perhaps no longer to be had; `live`: made from what can be had today. */
  status: z.enum(["historical", "live"]),
  framework: z.enum(imageFrameworks),
  version,
  build: buildSchema,
  compilers: z.array(z.enum(graphCompilers)),
  cpu: z.enum(["x86", "arm", "power"]),
  accelerator: z.enum(["none", "nvidia"]),
  /** As a registry knows it, with tag; null when it was not published, or under a name that the sources do not say. */
  reference: z.string().nullable(),
  /** `sha256:…` of that reference; null when nobody wrote it down. */
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .nullable(),
  /** Name of the definition file in the source; null when there is none. */
  definition: z.string().nullable(),
  claims: z.array(claimSchema),
  sources: z.array(identifier).min(1),
});

/** A row of what goes with what: empty cells are null. */
export const compatibilitySchema = z.strictObject({
  framework: z.enum(imageFrameworks),
  version,
  accelerator: z.enum(["none", "nvidia"]),
  python: z.string(),
  compiler: z.string().nullable(),
  buildTool: z.string().nullable(),
  cuda: z.string().nullable(),
  cudnn: z.string().nullable(),
  source: identifier,
});

/** Images, and which versions go together, each fact with its dated source. */
export const imageCatalogueSchema = z
  .strictObject({
    schemaVersion: z.literal(imageCatalogueVersion),
    sources: z.array(sourceSchema),
    images: z.array(imageSchema),
    compatibility: z.array(compatibilitySchema),
  })
  .superRefine(({ sources, images, compatibility }, check) => {
    const known = new Set(sources.map(({ id }) => id));
    const ids = new Set(images.map(({ id }) => id));
    const fault = (path: (string | number)[], message: string): void => {
      check.addIssue({ code: "custom", path, message });
    };
    if (ids.size !== images.length) fault(["images"], "an id is given twice");
    images.forEach(({ claims, sources: named }, index) => {
      for (const source of [...named, ...claims.map((claim) => claim.source)]) {
        if (!known.has(source)) fault(["images", index, "sources"], `there is no source ${source}`);
      }
      for (const { than } of claims) {
        if (!ids.has(than)) fault(["images", index, "claims"], `there is no image ${than}`);
      }
    });
    compatibility.forEach(({ source }, index) => {
      if (!known.has(source)) fault(["compatibility", index, "source"], `there is no source ${source}`);
    });
  });

/** Run-time settings as a training is given them: options of its program, and variables. */
export const runSettingsSchema = z.strictObject({
  arguments: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
});

const bounded = z.strictObject({
  value: z.number().positive(),
  low: z.number().positive(),
  high: z.number().positive(),
});

/** A measured speed of an image: what a session, a job or the tuner wrote down. */
export const imageMeasurementSchema = z.strictObject({
  /** Id of the image, and the compilers that were on: on and off are two measurements. */
  image: identifier,
  compilers: z.array(z.enum(graphCompilers)),
  /** Settings that a tuner found; absent for the defaults. */
  settings: runSettingsSchema.optional(),
  workload: identifier,
  /** What it ran on, as its facts name it; only measurements on the same target are compared. */
  target: z.string().min(1),
  /** Seconds per epoch, with the 95 % interval of their mean. */
  epochSec: bounded,
  /**
   * Times as fast as the plain image in the same run, with the 95 % interval of that ratio; absent for the plain one, and
   * where the ratio has no interval.
   */
  speedup: bounded.optional(),
  /** Epochs that it stands on. */
  n: z.number().int().positive(),
  at: date,
  /** SHA-256 of the record that it is from. */
  record: z.string().regex(/^[0-9a-f]{64}$/),
  /**
   * The same for all that was measured in turn: the SHA-256 of one of its records. Only times of one run are ratios, since a
   * machine is not as busy every day. Without it and without `speedup`, it is held against the newest.
   */
  run: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** Measurements of images, as `underlay optimise --measurements` reads them. */
export const imageMeasurementsSchema = z.strictObject({
  schemaVersion: z.literal(imageCatalogueVersion),
  measurements: z.array(imageMeasurementSchema),
});

/** Run-time settings as a training is given them. */
export type RunSettings = z.infer<typeof runSettingsSchema>;
/** An image, and what is known of it. */
export type Image = z.infer<typeof imageSchema>;
/** A measured speed of an image. */
export type ImageMeasurement = z.infer<typeof imageMeasurementSchema>;
/** Images, and which versions go together. */
export type ImageCatalogue = z.infer<typeof imageCatalogueSchema>;
