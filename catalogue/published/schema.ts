import { z } from "zod";
import { environmentNames } from "../../measure/facts.ts";
import { metricSchema } from "../../measure/results.ts";
import { scenarioNames } from "../../measure/scenario.ts";

/** Version of the format of published results. */
export const publishedSchemaVersion = 1;

/** Inputs of a training, as the series of a study name them. */
export const dataNames = ["synthetic", "imagenet"] as const;
/** What a training reads. */
export type DataName = (typeof dataNames)[number];

const environment = z.enum(environmentNames);
const identifier = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
const several = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .min(1)
    .refine((items) => new Set(items).size === items.length, "named twice");
/** At most 25 words in the source's own spelling. */
const quote = z
  .string()
  .min(1)
  .refine((text) => text.trim() === text && text.split(/\s+/).length <= 25, "a quotation has at most 25 words");

/** Where a sentence stands in its source. */
export const locationSchema = z.strictObject({
  /** Number of the section, such as `4.1`. */
  section: z.string().regex(/^\d+(?:\.\d+)*$/),
  /** Paragraph of that section, from 1; a figure or a break of a column does not begin one. */
  paragraph: z.number().int().positive(),
  /** Sentence of that paragraph, from 1: where the quotation begins. */
  sentence: z.number().int().positive(),
  /** First and last page that it can stand on, in the source's own numbers. One page is given twice. */
  pages: z
    .tuple([z.number().int().positive(), z.number().int().positive()])
    .refine(([first, last]) => first <= last, "the first page comes first"),
});

/** What a sentence speaks of. */
export const conditionsSchema = z.strictObject({
  scenarios: several(z.enum(scenarioNames)),
  models: several(z.enum(["resnet50", "inception-v3", "alexnet"])),
  data: several(z.enum(dataNames)),
  /** Images per step and accelerator, where the sentence names them; null where it does not. */
  batchSize: z.number().int().positive().nullable(),
});

/**
 * What a number is a ratio of: `environments`, one environment ÷ the baseline in the same scenario; `interference`, an
 * environment beside a background job ÷ the same environment alone.
 */
export const comparedSchema = z.enum(["environments", "interference"]);

/** A number that a sentence states. */
export const numberSchema = z.strictObject({
  compared: comparedSchema,
  environments: several(environment),
  metric: metricSchema,
  /** Throughput below 1 and elapsed time above 1 are slower. */
  ratio: z.number().positive(),
  /** What the sentence says of the ratio, after its number was turned from a change into a ratio. */
  relation: z.enum(["about", "at least", "at most", "above", "below"]),
  /** The number in the sentence's own words and unit, such as `about 20%`. */
  words: z.string().min(1),
});

/** A sentence of a source. */
export const statementSchema = z.strictObject({
  id: identifier,
  quote,
  location: locationSchema,
  conditions: conditionsSchema,
  environments: several(environment),
  baseline: environment,
  metrics: several(metricSchema),
  /** What the sentence leaves open. Above, every value that it may speak of is listed for these. */
  unstated: z.array(z.enum(["scenarios", "models", "data", "environments", "metrics"])),
  numbers: z.array(numberSchema),
  /** How an unclear sentence is read, or what contradicts it; null when neither is needed. */
  note: z.string().min(1).nullable(),
});

/**
 * A finding as a claim that data can be held against. It is about every one of its environments, metrics, models and
 * data. `slower`, `faster`, `about equal` and `limited` are those of the environment against the baseline; with
 * `comparedWith` they are those of the slowdown under `conditions` against the slowdown under `conditions` with
 * what `comparedWith` replaces: there `slower` means a larger slowdown.
 */
export const claimSchema = z
  .strictObject({
    compared: comparedSchema,
    metrics: several(metricSchema),
    environments: several(environment),
    /** Null with interference, where an environment is compared with itself. */
    baseline: environment.nullable(),
    conditions: conditionsSchema,
    comparedWith: z
      .strictObject({
        ...conditionsSchema.partial().shape,
        metric: metricSchema.optional(),
      })
      .nullable(),
    expected: z.enum(["slower", "faster", "about equal", "limited"]),
    /**
     * As a fraction of the baseline: how far off `about equal` may be, or how much slower `limited` may be. Null where the
     * source names none.
     */
    margin: z.number().positive().lt(1).nullable(),
    /** What the finding is about, and what a study without it cannot show; null for none. */
    requires: z.enum(["accelerator"]).nullable(),
  })
  .refine(({ compared, baseline }) => (compared === "environments") === (baseline !== null), "baseline and kind differ")
  .refine(({ baseline, environments }) => !environments.some((name) => name === baseline), "compared with itself")
  .refine(({ expected, margin }) => expected !== "limited" || margin !== null, "a limit needs its margin")
  .refine(({ expected, margin }) => !expected.endsWith("er") || margin === null, "a direction has no margin");

/** A finding of a source. */
export const findingSchema = z.strictObject({
  id: identifier,
  /** The statement that it is taken from. */
  statement: identifier,
  /** What is claimed, in a few words of our own. */
  title: z.string().min(1),
  claim: claimSchema,
});

/** A sentence on how the source measured. */
const settingSchema = z.strictObject({ id: identifier, quote, location: locationSchema });

/** What one publication says, in numbers and in words. */
export const publishedSchema = z
  .strictObject({
    schemaVersion: z.literal(publishedSchemaVersion),
    id: identifier,
    /** What our text calls it. */
    name: z.string().min(1),
    source: z.strictObject({
      title: z.string(),
      authors: z.array(z.string()).min(1),
      venue: z.string(),
      pages: z.tuple([z.number().int(), z.number().int()]),
      doi: z.string().regex(/^10\.\d{4,}\/\S+$/),
      isbn: z.string(),
      /** Date of publication, as exactly as the source tells. */
      published: z.string().regex(/^\d{4}(?:-\d{2}(?:-\d{2})?)?$/),
    }),
    /** What was taken, what was left out, and how sentences were located. */
    reading: z.string(),
    /** What a study is told apart from. */
    setting: z.strictObject({
      framework: z.enum(["tensorflow", "pytorch"]),
      accelerator: z.string(),
      acceleratorsPerInstance: z.number().int().nonnegative(),
      /** How it names what virtualises its virtual machines. */
      virtualisation: z.string(),
      /** Images per step and accelerator, by model. */
      batchSizes: z.record(z.string(), z.number().int().positive()),
      warmUpSteps: z.number().int().nonnegative(),
      timedSteps: z.number().int().positive(),
      /** The sentences that say so. */
      statements: z.array(settingSchema).min(1),
    }),
    statements: z.array(statementSchema).min(1),
    findings: z.array(findingSchema).min(1),
  })
  .superRefine(({ statements, findings, setting }, context) => {
    const ids = [...setting.statements, ...statements, ...findings].map(({ id }) => id);
    const known = new Set(statements.map(({ id }) => id));
    const complain = (message: string) => {
      context.addIssue({ code: "custom", message });
    };
    for (const id of new Set(ids))
      if (ids.filter((other) => other === id).length > 1) complain(`id ${id} is not unique`);
    for (const { id, statement } of findings) {
      if (!known.has(statement)) complain(`finding ${id} is taken from ${statement}, which is not there`);
    }
  });

/** What one publication says. */
export type PublishedSet = z.infer<typeof publishedSchema>;
/** A sentence of a source. */
export type PublishedStatement = z.infer<typeof statementSchema>;
/** A number that a sentence states. */
export type PublishedNumber = z.infer<typeof numberSchema>;
/** A finding of a source. */
export type PublishedFinding = z.infer<typeof findingSchema>;
/** A finding as a claim that data can be held against. */
export type PublishedClaim = z.infer<typeof claimSchema>;
/** What a sentence speaks of. */
export type PublishedConditions = z.infer<typeof conditionsSchema>;
/** Where a sentence stands. */
export type PublishedLocation = z.infer<typeof locationSchema>;
