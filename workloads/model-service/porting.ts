import { z } from "zod";

const installedSchema = z.strictObject({
  /** Of the distributions' files on this disk. */
  bytes: z.int().nonnegative(),
  distributions: z.array(z.string()),
  /** Required by these, and not installed here, so not in the bytes: the libraries of accelerators. */
  notHere: z.array(z.string()),
});

const bothOf = <T extends z.ZodType>(item: T) => z.strictObject({ original: item, ported: item });
const startsSchema = z.array(z.strictObject({ seconds: z.number(), peakMemoryMiB: z.number() }));

const portedSchema = z.strictObject({
  framework: z.string(),
  converter: z.string(),
  runtime: z.string(),
  opset: z.int().positive(),
  operators: z.array(z.string()),
  inputs: z.array(
    z.strictObject({ name: z.string(), type: z.string(), shape: z.array(z.int().nonnegative().nullable()) }),
  ),
  bytes: bothOf(z.int().nonnegative()),
  samples: z.int().positive(),
  differences: z.array(
    z.strictObject({
      output: z.string(),
      values: z.int().nonnegative(),
      /** Largest |ported − original|; null for what are no floating-point numbers, and where it is not finite. */
      maximumAbsolute: z.number().nullable(),
      /** Largest |ported − original| ÷ |original| where |original| is above the absolute tolerance. */
      maximumRelative: z.number().nullable(),
      /** Values outside of the tolerance. */
      outside: z.int().nonnegative(),
    }),
  ),
  installed: bothOf(installedSchema),
  /** Seconds of each request, by block; null where nothing was timed. */
  latencies: bothOf(z.array(z.array(z.number()))).nullable(),
  /** Seconds from the start of a process to its first answer. */
  starts: bothOf(startsSchema).nullable(),
});

/** What the program that ports models answers. */
export const portAnswerSchema = z.union([
  z.strictObject({
    error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
  }),
  portedSchema,
]);

/** What came of a port that could be made. */
export type Ported = z.infer<typeof portedSchema>;

/** What the program is asked for; it reads this as JSON. */
export interface PortRequest {
  /** Where it sees the model. */
  readonly model: string;
  /** As detection names it. */
  readonly format: string;
  /** Where it writes. */
  readonly output: string;
  /** ONNX's set of operators. */
  readonly opset: number;
  /** Shapes of the inputs, the batch first, null for any; null where the model says them. */
  readonly shapes: readonly (readonly (number | null)[])[] | null;
  /** Types of the inputs, as NumPy names them. */
  readonly types: readonly string[] | null;
  /** `FILE:FUNCTION` that makes the network of a state dictionary. */
  readonly factory: string | null;
  /** Inputs that both are asked. */
  readonly samples: number;
  readonly seed: number;
  /** Inputs are drawn evenly between these. */
  readonly low: number;
  readonly high: number;
  /** Allowed: |ported − original| ≤ absolute + relative × |original|. */
  readonly relative: number;
  readonly absolute: number;
  /** Blocks of requests to each; 0 for no timing. */
  readonly blocks: number;
  /** Requests of a block. */
  readonly requests: number;
  /** Starts of a process for each. */
  readonly starts: number;
  readonly threads: number;
}

/** Formats of models that can be ported, by the framework that reads them. */
export const portedFormats: Readonly<Record<string, "tensorflow" | "pytorch" | "scikit-learn">> = {
  keras: "tensorflow",
  "keras-hdf5": "tensorflow",
  "saved-model": "tensorflow",
  torchscript: "pytorch",
  "torch-state": "pytorch",
  "torch-export": "pytorch",
  pickle: "scikit-learn",
};
