import { z } from "zod";

/** Instruction sets that functions run on, in the service's words. */
export const architectures = ["x86_64", "arm64"] as const;

/** The model that an endpoint serves. */
export const servedModelSchema = z.strictObject({
  /** Such as `squeezenet-1.0`. */
  name: z.string().min(1),
  /** SHA-256 of the model file, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Size of the model file, in bytes. */
  bytes: z.number().int().positive(),
  /** `trained` weights came from the user's file; with `random` ones, made from a seed, predictions mean nothing. */
  weights: z.enum(["trained", "random"]),
});

/** What is known about a function that serves predictions: enough to tell two of them apart. */
export const endpointFactsSchema = z.strictObject({
  /** Who provides it: this machine, or the cloud. */
  target: z.enum(["local", "aws"]),
  /** Memory that one instance may use, in MiB. The services write MB and mean MiB. */
  memoryMiB: z.number().int().positive(),
  /** CPUs that one instance may use, as a share of time: 0.5 is half of one. Null where the provider does not say. */
  cpus: z.number().positive().nullable(),
  /** Longest time for one request, in seconds. */
  timeoutSec: z.number().positive(),
  architecture: z.enum(architectures),
  /** Space under /tmp, in MiB. */
  ephemeralStorageMiB: z.number().int().positive(),
  /** Instances that may run at the same time; null where only the account's limit holds. */
  maximumInstances: z.number().int().positive().nullable(),
  /** Such as `python3.11`. */
  runtime: z.string().min(1),
  /** SHA-256 of the package, a zip archive or an image, in hex. Equal packages are equal bits. */
  packageSha256: z.string().regex(/^[0-9a-f]{64}$/),
  model: servedModelSchema,
});

/** How a test makes the next request meet a cold start. */
export const endpointControlSchema = z.strictObject({
  /**
   * Path of a Unix socket that speaks HTTP: `POST /evict` ends every idle instance and answers, once they are gone,
   * `{"evicted": N}`; busy ones are ended after their request. `GET /instances` answers `{"idle": N, "busy": N}`.
   */
  socket: z.string().min(1),
  /** File with a REPORT line for each request; see `measure/function-report.ts`. */
  log: z.string().min(1),
});

/** Seconds of an answer's parts, as the handler saw them, on every provider by the same clock. */
export const answerTimingsSchema = z.strictObject({
  /**
   * From the start of the process to the first line of the handler's module: interpreter and runtime client. The kernel
   * keeps the start to 10 ms.
   */
  runtimeStart: z.number().nonnegative(),
  /** Import of the libraries. */
  imports: z.number().nonnegative(),
  /** From the model's file to a session that can predict. */
  modelLoad: z.number().nonnegative(),
  /** First prediction of this instance. */
  firstPrediction: z.number().nonnegative(),
  /** This prediction: the pass through the network alone. */
  prediction: z.number().nonnegative(),
});

/** The body of a successful answer. */
export const endpointAnswerSchema = z.strictObject({
  prediction: z.strictObject({
    /** Number of the class with the highest probability, from 0. */
    class: z.number().int().nonnegative(),
    /** Its probability. */
    probability: z.number().min(0).max(1),
    /** Whether the weights were trained; if not, the class says nothing about the image. */
    meaningful: z.boolean(),
  }),
  /** Name of the model. */
  model: z.string(),
  /** Whether this was the first request of its instance. */
  coldStart: z.boolean(),
  requestId: z.string(),
  timings: answerTimingsSchema,
});

/** What is known about a function that serves predictions. */
export type EndpointFacts = z.infer<typeof endpointFactsSchema>;
/** How a test makes the next request meet a cold start. */
export type EndpointControl = z.infer<typeof endpointControlSchema>;
/** The body of a successful answer. */
export type EndpointAnswer = z.infer<typeof endpointAnswerSchema>;
/** The model that an endpoint serves. */
export type ServedModel = z.infer<typeof servedModelSchema>;
