import { z } from "zod";

/** Version of the format of optimisation requests. */
export const optimisationRequestVersion = 1;

/** What hands jobs to nodes: a batch system, or `bash` where a person does. `pbs` is PBS Professional and OpenPBS. */
export const schedulerNames = ["slurm", "torque", "pbs", "bash"] as const;
/** What hands jobs to nodes. */
export type SchedulerName = (typeof schedulerNames)[number];

/** Frameworks that a request can ask for. */
export const requestedFrameworks = ["tensorflow", "pytorch", "mxnet", "keras", "cntk"] as const;
/** A framework that a request can ask for. */
export type RequestedFramework = (typeof requestedFrameworks)[number];

const acceleratorWords = ["nvidia", "Nvidia", "amd", "fpga", "none", ""] as const;
const count = z
  .number({ error: () => "must be a whole number from 1" })
  .int("must be a whole number from 1")
  .min(1);
const named = (pattern: RegExp, allowed: string) => z.string({ error: () => allowed }).regex(pattern, allowed);

/** What a scheduler's header can carry as one word: nothing that ends a line, a word or a quotation. */
const word = named(/^[^\s"'\\#;$`]*$/, "must be one word without blanks, quotes, backslashes, #, ;, $ and `");
const fileName = named(/^[^\s"'\\#;$`]+$/, "must be a path without blanks, quotes, backslashes, #, ;, $ and `");
const memory = named(/^(?:\d+ ?(?:[KMGT]B?)?)?$/i, "must be an amount such as `10 MB` or `4G`, or empty");
const lines = z.union([z.string(), z.array(z.string())], { error: () => "must be a command, or a list of commands" });
const version = z.union([named(/^\d+(?:\.\d+)*$|^latest$/, "must be a version such as `2.1`"), z.number().positive()], {
  error: () => "must be a version such as `2.1`",
});

/** Options for the queueing system. */
const jobOptions = z.strictObject({
  job_name: named(
    /^[A-Za-z][A-Za-z0-9_.+-]{0,229}$/,
    "must begin with a letter and go on with letters, digits and _ . + - (230 at most)",
  ).optional(),
  account: word.optional(),
  queue: word.optional(),
  qos: word.optional(),
  /** Hours, minutes and seconds. */
  wall_time_limit: named(
    /^\s*\d{1,4}:[0-5]\d:[0-5]\d\s*$/,
    "must be hours:minutes:seconds, such as `12:00:00`",
  ).optional(),
  node_count: count.optional(),
  /** Cores of the whole job. */
  core_count: count.optional(),
  process_count_per_node: count.optional(),
  core_count_per_process: count.optional(),
  /** Memory of a node. */
  memory_limit: memory.optional(),
  minimum_memory_per_processor: memory.optional(),
  /** Accelerators of a node. */
  request_gpus: count.optional(),
  /** Names of hosts, with commas between; under Torque also one property that nodes have. */
  request_specific_nodes: word.optional(),
  job_array: named(/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/, "must be numbers and ranges such as `1,2,5-8`").optional(),
  standard_output_file: fileName.optional(),
  standard_error_file: fileName.optional(),
  combine_stdout_stderr: z.boolean().optional(),
  architecture_constraint: word.optional(),
  copy_environment: z.boolean().optional(),
  /** Names of variables, with commas between. */
  copy_environment_variable: named(/^(?:\w+(?:,\w+)*)?$/, "must be names of variables with commas between").optional(),
  job_dependency: named(
    /^\s*(?:[a-z]+:\d+(?::\d+)*(?:,[a-z]+:\d+(?::\d+)*)*)?\s*$/,
    "must be such as `afterok:123`",
  ).optional(),
  /** Words of Slurm with commas between, or letters of PBS. */
  request_event_notification: word.optional(),
  email_address: named(/^[^\s@"'\\#;$`]+@[^\s@"'\\#;$`]+$/, "must be an address such as `name@example.org`").optional(),
  /** Earliest start, local to the cluster. */
  defer_job: named(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/,
    "must be a date and time such as `2026-11-23T06:00`",
  ).optional(),
  node_exclusive: z.boolean().optional(),
});

const application = z.strictObject({
  app_tag: z.string().optional(),
  app_type: z.enum(["mpi", "hpc", "python"]).optional(),
  executable: z.string().optional(),
  /** Words as a shell would split them, or a list of words as they are. */
  arguments: z.union([z.string(), z.array(z.string())], { error: () => "must be text or a list of words" }).optional(),
  /** Image to run in; empty for none. What an optimised build is found for takes its place. */
  container_runtime: named(/^(?:[A-Za-z0-9./][\w./:@+-]*)?$/, "must be the reference of an image, or empty").optional(),
  mpi_ranks: count.optional(),
  /** OpenMP threads of each process. */
  threads: count.optional(),
  /** Environment modules to load, in order. */
  modules: z.array(named(/^[\w.+/-]+$/, "must be the name of a module, such as `cuda/12.4`")).optional(),
  environment: z.record(z.string().regex(/^[A-Za-z_]\w*$/, "must be the name of a variable"), z.string()).optional(),
  "pre-execution": lines.optional(),
  "post-execution": lines.optional(),
  build: z
    .strictObject({
      src: named(/^(?:https?|git|ssh):\/\/[^\s"'\\`$]+$/, "must be an address (http, https, git or ssh)"),
      build_command: z.string(),
      build_parallelism: count.optional(),
    })
    .optional(),
});

/** What is known of the data, as hints. */
const data = z.strictObject({
  location: z.string().optional(),
  basedata: z.string().optional(),
  size: z.number().nonnegative().optional(),
  count: z.number().nonnegative().optional(),
  etl: z
    .strictObject({
      prefetch: z.union([z.boolean(), z.number().nonnegative()]).optional(),
      cache: z.union([z.boolean(), z.number().nonnegative()]).optional(),
    })
    .optional(),
});

const flag = z.boolean().optional();
const tensorflow = z.strictObject({ version: version.optional(), xla: flag, ngraph: flag, onednn: flag });
const pytorch = z.strictObject({
  version: version.optional(),
  glow: flag,
  ngraph: flag,
  inductor: flag,
  openvino: flag,
});
const mxnet = z.strictObject({ version: version.optional(), ngraph: flag });
const keras = z.strictObject({
  version: version.optional(),
  backend: z.enum(requestedFrameworks).optional(),
  xla: flag,
});
const cntk = z.strictObject({ version: version.optional() });

const parallel = { version: version.optional(), scaling_efficiency: z.number().positive().max(1).optional() };
const accelerated = z.strictObject({ ...parallel, compiler: z.string().optional(), number_of_acc: count.optional() });

const optimisation = z.strictObject({
  enable_opt_build: z.boolean({ error: () => "must be true or false" }),
  enable_autotuning: z.boolean().optional(),
  app_type: z.enum(["ai_training", "hpc"]),
  opt_build: z
    .strictObject({
      cpu_type: z.enum(["x86", "arm", "amd", "power"]),
      acc_type: z.enum(acceleratorWords).optional(),
    })
    .optional(),
  autotuning: z.strictObject({ tuner: z.string(), input: z.string() }).optional(),
  /** The framework in the form of the paper's listing. */
  ai_training: z
    .strictObject({
      tensorflow: tensorflow.optional(),
      pytorch: pytorch.optional(),
      mxnet: mxnet.optional(),
      keras: keras.optional(),
      cntk: cntk.optional(),
      data: data.optional(),
    })
    .optional(),
  /** The same in the form of SODALITE's published inputs. */
  "app_type-ai_training": z
    .strictObject({
      config: z.strictObject({
        ai_framework: z.enum(requestedFrameworks),
        type: z.string().optional(),
        distributed_training: flag,
        layers: count.optional(),
        parameters: count.optional(),
      }),
      data: data.optional(),
      "ai_framework-tensorflow": tensorflow.optional(),
      "ai_framework-pytorch": pytorch.optional(),
      "ai_framework-mxnet": mxnet.optional(),
      "ai_framework-keras": keras.optional(),
      "ai_framework-cntk": cntk.optional(),
    })
    .optional(),
  "app_type-hpc": z
    .strictObject({
      config: z.strictObject({ parallelisation: z.enum(["mpi", "openmp", "opencc", "opencl"]) }),
      data: data.optional(),
      "parallelisation-mpi": z
        .strictObject({
          ...parallel,
          library: z.enum(["mpich", "openmpi", "mvapich"]),
          core_subscription: z.number().positive().optional(),
          message_size: z.enum(["small", "medium", "large"]).optional(),
        })
        .optional(),
      "parallelisation-openmp": z
        .strictObject({ ...parallel, number_of_threads: count.optional(), affinity: z.string().optional() })
        .optional(),
      "parallelisation-opencc": accelerated.optional(),
      "parallelisation-opencl": accelerated.optional(),
    })
    .optional(),
});

/**
 * A request for an optimised training, as JSON: the format of MODAK's inputs (Alle 2023, listing 1, and the published
 * inputs of the SODALITE project), with our own keys for modules, environment and today's graph compilers.
 */
export const optimisationRequestSchema = z.strictObject({
  job: z.strictObject({
    job_options: jobOptions,
    target: z
      .strictObject({ name: z.string().optional(), job_scheduler_type: z.enum(schedulerNames).optional() })
      .optional(),
    application,
    optimisation: optimisation.optional(),
  }),
});

/** A request, as it was written. */
export type OptimisationRequest = z.infer<typeof optimisationRequestSchema>;
/** Options for the queueing system, as they were written. */
export type JobOptions = OptimisationRequest["job"]["job_options"];
/** What is to be run, as it was written. */
export type ApplicationRequest = OptimisationRequest["job"]["application"];
/** What is to be optimised, as it was written. */
export type OptimisationWish = NonNullable<OptimisationRequest["job"]["optimisation"]>;

/** The format as JSON Schema 2020-12, by file name. */
export function requestJsonSchemas(): Readonly<Record<string, object>> {
  return {
    "optimisation-request.schema.json": {
      ...z.toJSONSchema(optimisationRequestSchema, { io: "input" }),
      $id: `urn:underlay:optimisation-request:${optimisationRequestVersion}`,
      title: "A request for an optimised training",
      description: "What `underlay optimise` reads: a job, what it runs, where, and what is to be optimised.",
    },
  };
}
