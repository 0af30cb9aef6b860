import { z } from "zod";
import { graphCompilers, imageFrameworks } from "../../catalogue/images/schema.ts";

const name = z.string().regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/);

/** Bytes of a number, by the type that a training computes in. */
export const bytesOf = { float64: 8, float32: 4, bfloat16: 2, float16: 2 } as const;

/** What is trained: the features of the benchmark. */
export const benchmarkSchema = z.strictObject({
  name,
  /** Floating-point operations that the training of one image takes, forward and backward. */
  flopsPerImage: z.number().positive(),
  /** Numbers that are learned. */
  parameters: z.number().int().positive(),
  dtype: z.enum(["float64", "float32", "bfloat16", "float16"]),
});

/** What it runs on: the features of the infrastructure, as the probe measures them. */
export const targetSchema = z.strictObject({
  name: z.string().min(1),
  /** Of a product of matrices in float32 on all cores, in operations per second. */
  peakFlops: z.number().positive(),
  /** Of a STREAM triad on all cores, in bytes per second. */
  memoryBandwidth: z.number().positive(),
  /** CPUs that may be used. */
  cores: z.number().int().positive(),
  /** Between two nodes, in bytes per second; null where there is one node only, or nobody measured it. */
  networkBandwidth: z.number().positive().nullable(),
});

/** A measured training: which image, of what, on what, how fast. */
export const observationSchema = z.strictObject({
  /** Id of the image; it is what is left out as a whole when the model is held against what it has not seen. */
  image: name,
  framework: z.enum(imageFrameworks),
  /** How the framework came into the image. */
  build: z.enum(["hub", "wheel", "source"]),
  /** Compilers that were on. */
  compilers: z.array(z.enum(graphCompilers)),
  /** Name of the benchmark. */
  benchmark: name,
  /** Images per step. */
  batch: z.number().int().positive(),
  /** Name of the target. */
  target: z.string().min(1),
  /** Measured seconds per image, on one node. */
  secondsPerImage: z.number().positive(),
  /** SHA-256 of the record that it is from; null where none was kept. */
  record: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});

/** What is trained. */
export type Benchmark = z.infer<typeof benchmarkSchema>;
/** What it runs on. */
export type Target = z.infer<typeof targetSchema>;
/** A measured training. */
export type Observation = z.infer<typeof observationSchema>;

/** All that a training's speed is predicted from. */
export interface Point {
  readonly framework: Observation["framework"];
  readonly build: Observation["build"];
  readonly compilers: Observation["compilers"];
  readonly benchmark: Benchmark;
  readonly target: Target;
  /** Images per step. */
  readonly batch: number;
}

/** A point at which the speed is known. */
export interface MeasuredPoint extends Point {
  /** The image with the compilers that were on: what is left out together. */
  readonly variant: string;
  readonly secondsPerImage: number;
}
