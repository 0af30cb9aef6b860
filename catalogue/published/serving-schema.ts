import { z } from "zod";

/** Version of the format of what is published on serving. */
export const servingPublishedVersion = 1;

const model = z.string().min(1);
const series = z.enum(["cold", "warm", "scale"]);
const metric = z.enum(["responseTime", "prediction"]);

/** What a sentence states, as far as a study can be held against it. */
export const servingClaimSchema = z.discriminatedUnion("kind", [
  /** Most memory that a function used, in the source's MB. */
  z.strictObject({ kind: z.literal("memory used"), model, megabytes: z.number().positive() }),
  /** Size of a model, in the source's MB. */
  z.strictObject({ kind: z.literal("model size"), model, megabytes: z.number().positive() }),
  /** A time falls as memory grows: it is lower at the largest size than at the least. */
  z.strictObject({ kind: z.literal("falls with memory"), series, metrics: z.array(metric).min(1) }),
  /** Between two sizes, in MB, a time hardly falls and the cost rises. */
  z.strictObject({ kind: z.literal("no gain, dearer"), model, from: z.number(), to: z.number() }),
  /** Some larger size costs no more than a smaller one. */
  z.strictObject({ kind: z.literal("not always dearer") }),
  /** A cold request takes longer than a warm one. */
  z.strictObject({ kind: z.literal("cold above warm") }),
]);

/** What a publication on serving says. */
export const servingPublishedSchema = z.strictObject({
  schemaVersion: z.literal(servingPublishedVersion),
  id: z.string(),
  name: z.string(),
  source: z.strictObject({ title: z.string(), authors: z.array(z.string()).min(1), published: z.string() }),
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
        section: z.string().regex(/^\d+(?:\.\d+)*$/),
        claims: z.array(servingClaimSchema).min(1),
      }),
    )
    .min(1),
});

/** What a sentence states. */
export type ServingClaim = z.infer<typeof servingClaimSchema>;
/** What a publication on serving says. */
export type ServingPublished = z.infer<typeof servingPublishedSchema>;
