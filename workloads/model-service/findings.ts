import { z } from "zod";

const evidenceSchema = z.strictObject({
  /** From the source's folder; a notebook's cell is `NOTEBOOK#cellN`. */
  file: z.string(),
  /** From 1; 0 is the file as a whole. */
  line: z.int().nonnegative(),
  /** What stands there, in short. */
  what: z.string(),
});

const tensorSchema = z.strictObject({
  name: z.string(),
  /** As NumPy names it; null where it is not known. */
  type: z.string().nullable(),
  /** Null for a size that is not fixed; null as a whole where it is not known. */
  shape: z.array(z.int().nullable()).nullable(),
});

const distributionSchema = z.strictObject({
  /** Normalised, as indexes compare it. */
  name: z.string(),
  /** Said by the source; by the table of well-known ones; by something else that is used; by nothing but an equal name. */
  certainty: z.enum(["declared", "known", "implied", "assumed"]),
  /** The strongest of its places: with its module, on a branch, in a function, where it may fail, for types, in tests. */
  need: z.enum(["always", "conditional", "lazy", "optional", "types", "tests"]),
  /** Requirements as they are declared (PEP 508). */
  requirements: z.array(z.string()),
  /** Top-level modules of it that are imported. */
  imports: z.array(z.string()),
  /** Places that need it; `evidence` has the first ones. */
  places: z.int().positive(),
  evidence: z.array(evidenceSchema),
});

/** What the program that reads a source answers. */
export const modelFindingsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  source: z.strictObject({
    files: z.int().nonnegative(),
    /** Modules and notebooks. */
    sources: z.int().nonnegative(),
    notebooks: z.int().nonnegative(),
    /** The file whose requirements count; null where none declares any. */
    authority: z.string().nullable(),
    declarations: z.array(z.strictObject({ file: z.string(), kind: z.string() })),
  }),
  distributions: z.array(distributionSchema),
  /** Bounds on versions that follow from models. */
  constraints: z.array(z.strictObject({ requirement: z.string(), because: z.string(), file: z.string() })),
  frameworks: z.array(z.strictObject({ name: z.string(), evidence: z.array(evidenceSchema) })),
  artefacts: z.array(
    z.strictObject({
      path: z.string(),
      format: z.string(),
      bytes: z.int().nonnegative(),
      /** The distribution that reads it; null where that is not known. */
      framework: z.string().nullable(),
      /** What wrote it, or what its format asks for. */
      versions: z.record(z.string(), z.string()),
      /** Names in a pickle that would run a program. */
      executes: z.array(z.string()),
    }),
  ),
  /** What goes into the models: by their files first, then by the code. */
  signatures: z.array(
    z.strictObject({
      framework: z.string().nullable(),
      file: z.string(),
      line: z.int().nonnegative(),
      inputs: z.array(tensorSchema),
      outputs: z.array(tensorSchema),
    }),
  ),
  /** Files of models that the code names. */
  loads: z.array(
    z.strictObject({ path: z.string(), there: z.boolean(), file: z.string(), line: z.int().nonnegative() }),
  ),
  /** Functions that answer one request, by their names. */
  entries: z.array(
    z.strictObject({
      file: z.string(),
      line: z.int().nonnegative(),
      name: z.string(),
      parameters: z.array(z.string()),
      /** Modules of the source that it reaches by imports, its own file among them. */
      files: z.array(z.string()),
    }),
  ),
  /** How the source wants to be served, by `[tool.underlay]` of its `pyproject.toml`; null for what it does not say. */
  service: z.strictObject({
    /** Script of the source that makes the models. */
    make: z.string().nullable(),
    /** What predicts: `MODULE:FUNCTION`, or a model's file. */
    entry: z.string().nullable(),
    /** File with a request's body, for a first prediction. */
    sample: z.string().nullable(),
  }),
  accelerator: z.strictObject({
    used: z.boolean(),
    /** Whether it is used without a question whether it is there. */
    required: z.boolean(),
    evidence: z.array(evidenceSchema),
  }),
  /** Bounds on Python's version. */
  python: z.array(z.strictObject({ specifier: z.string(), evidence: z.array(evidenceSchema) })),
  /** Debian's packages that distributions ask for. */
  systemPackages: z.array(z.strictObject({ name: z.string(), for: z.array(z.string()) })),
  /** What could not be read, or not be served; the first 200. */
  problems: z.array(
    z.strictObject({ code: z.string(), file: z.string(), line: z.int().nonnegative(), message: z.string() }),
  ),
  problemCount: z.int().nonnegative(),
});

/** What a model's source needs, and where each finding comes from. */
export type ModelFindings = z.infer<typeof modelFindingsSchema>;

/** One place that a finding rests on. */
export type FindingEvidence = z.infer<typeof evidenceSchema>;
