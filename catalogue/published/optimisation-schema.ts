import { z } from "zod";

/** Version of the format of what is published on optimised trainings. */
export const optimisationPublishedVersion = 1;

const identifier = z.string().regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/);
const workload = z.enum(["mnist-cnn", "resnet50-imagenet"]);

/** What a sentence states, as far as a measurement can be held against it. */
export const optimisationClaimSchema = z.discriminatedUnion("kind", [
  /** One image trains so many times as fast as another; ids are those of the catalogue of images. */
  z.strictObject({
    kind: z.literal("speedup"),
    workload,
    image: identifier,
    than: identifier,
    ratio: z.number().positive(),
    relation: z.enum(["about", "at most", "below"]),
  }),
  /** Some image or graph compiler was up to so many times as fast as without; the sentence does not say which. */
  z.strictObject({
    kind: z.literal("best speedup"),
    by: z.enum(["build", "graph compiler"]),
    ratio: z.number().positive(),
  }),
  /** Some graph compiler made some training slower. */
  z.strictObject({ kind: z.literal("graph compiler slower") }),
  /** How a workload was trained. */
  z.strictObject({
    kind: z.literal("training"),
    workload,
    images: z.number().int().positive().nullable(),
    batch: z.number().int().positive().nullable(),
    epochs: z.number().int().positive().nullable(),
  }),
]);

/** What a publication on optimised trainings says. */
export const optimisationPublishedSchema = z.strictObject({
  schemaVersion: z.literal(optimisationPublishedVersion),
  id: z.string(),
  name: z.string(),
  source: z.strictObject({
    title: z.string(),
    authors: z.array(z.string()).min(1),
    published: z.string(),
    journal: z.string(),
    pages: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  }),
  /** What was taken, and what was left out. */
  reading: z.string(),
  statements: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
        /** In the source's own spelling, at most 40 words. */
        quote: z
          .string()
          .min(1)
          .refine((text) => text.split(/\s+/).length <= 40, "a quotation has at most 40 words"),
        /** Sections of the source have no numbers. */
        location: z.strictObject({ heading: z.string().min(1), paragraph: z.number().int().positive() }),
        claims: z.array(optimisationClaimSchema).min(1),
      }),
    )
    .min(1),
});

/** What a publication on optimised trainings says. */
export type OptimisationPublished = z.infer<typeof optimisationPublishedSchema>;
