import { z } from "zod";
import { UnderlayError } from "../../measure/error.ts";
import type { ModelFindings } from "./findings.ts";

const tensorSchema = z.strictObject({
  name: z.string(),
  type: z.string().nullable(),
  shape: z.array(z.int().nullable()).nullable(),
});

/** Formats of models that are served, and the program that serves each. */
export const servedFormats = {
  onnx: "onnx_model",
  keras: "keras_model",
  "keras-hdf5": "keras_model",
  "saved-model": "saved_model",
  torchscript: "torchscript",
  pickle: "pickled",
} as const;

type ServedFormat = keyof typeof servedFormats;

const formatNames = Object.keys(servedFormats) as [ServedFormat, ...ServedFormat[]];
const identifier = z.string().regex(/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/);

/** What answers a request: a function of the source, or a model by its framework. */
const entrySchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("function"),
    module: identifier,
    function: identifier,
    parameters: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal("model"), format: z.enum(formatNames), path: z.string().min(1) }),
]);

/** What is served, and within which limits: `service.json` beside the server, for people to edit. */
export const serviceDescriptionSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Up to 40 lower-case letters, digits and dashes. */
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/),
  /** Twelve digits of the source's digest. */
  version: z.string().regex(/^[0-9a-f]{12}$/),
  entry: entrySchema,
  /** What goes into the model, its batch first; empty where nothing is known. */
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
  limits: z.strictObject({
    /** Largest body of a request, in bytes. */
    bodyBytes: z.int().min(1024).max(1_073_741_824),
    /** Longest time for a prediction, waiting included, in seconds. */
    predictSec: z.number().positive().max(3600),
    /** Most inputs of one request. */
    instances: z.int().min(1).max(100_000),
    /** Most requests that are under way in a process. */
    waiting: z.int().min(1).max(10_000),
  }),
  /** Requests of the same moment are predicted together: at most so many inputs, waiting at most so many ms; null for not. */
  batching: z.strictObject({ most: z.int().min(2).max(10_000), waitMs: z.number().min(0).max(1000) }).nullable(),
  /** How a picture becomes numbers: (value × scale - mean) ÷ deviation, by channel. */
  image: z.strictObject({
    scale: z.number(),
    mean: z.array(z.number()).max(4),
    deviation: z.array(z.number()).max(4),
  }),
});

/** What is served, and within which limits. */
export type ServiceDescription = z.infer<typeof serviceDescriptionSchema>;

/** How a service is made of findings. */
export interface ServiceArgs {
  /** Up to 40 lower-case letters, digits and dashes. */
  readonly name: string;
  /** Twelve digits of the source's digest. */
  readonly version: string;
  /** Whether pickles may be loaded, which runs what is in them. */
  readonly trust: boolean;
  /** How requests of the same moment are predicted together; null for not. */
  readonly batching: ServiceDescription["batching"];
  /** What predicts, as {@link ModelFindings} has it in `service.entry`; null to choose. */
  readonly entry: string | null;
}

type Entry = ModelFindings["entries"][number];
type Artefact = ModelFindings["artefacts"][number];

/** What was chosen to answer requests, and the files of the source that it takes. */
export interface ServiceChoice {
  readonly entry: ServiceDescription["entry"];
  /** Modules of the source, from its folder; none for a model by its framework. */
  readonly modules: readonly string[];
}

const loadsPickles = (format: string): boolean => format === "pickle" || format.startsWith("torch-");

/** The name by which a module is imported where the source's folder is on Python's path. */
function moduleOf({ file }: Entry): string {
  const name = file
    .replace(/\.pyw?$/, "")
    .replaceAll("/", ".")
    .replace(/\.__init__$/, "");
  if (identifier.safeParse(name).success) return name;
  throw new UnderlayError(
    "entry-unimportable",
    `${JSON.stringify(file)} has the function that predicts, but Python cannot import a module of that name.`,
    "Rename it to letters, digits and underscores.",
  );
}

function ofFunction(entry: Entry): ServiceChoice {
  const { name, parameters, files } = entry;
  return { entry: { kind: "function", module: moduleOf(entry), function: name, parameters }, modules: files };
}

function ofModel({ path, format }: Artefact, trust: boolean): ServiceChoice {
  const served = formatNames.find((name) => name === format);
  if (served === undefined) {
    throw new UnderlayError(
      "format-unserved",
      `${path} has the format ${format}, which has no server of its own.`,
      `Served are ${formatNames.join(", ")}; or write a function \`predict\` that loads it.`,
    );
  }
  mustBeTrusted(path, served, trust);
  return { entry: { kind: "model", format: served, path }, modules: [] };
}

function mustBeTrusted(path: string, format: string, trust: boolean): void {
  if (loadsPickles(format) && !trust) {
    throw new UnderlayError(
      "pickle-untrusted",
      `${path} is a pickle: loading it runs whatever program is in it.`,
      "Add --trust if you know where it is from, or save the model as ONNX or as safetensors.",
    );
  }
}

function asked(findings: ModelFindings, text: string, trust: boolean): ServiceChoice {
  const [module = "", name] = text.split(":");
  const model = findings.artefacts.find(({ path }) => path === text);
  if (model !== undefined) return ofModel(model, trust);
  const found = findings.entries.find((entry) => entry.name === name && moduleOf(entry) === module);
  if (found !== undefined) return ofFunction(found);
  const there = [
    ...findings.entries.map((entry) => `${moduleOf(entry)}:${entry.name}`),
    ...findings.artefacts.map(({ path }) => path),
  ];
  throw new UnderlayError(
    "entry-missing",
    `The source has no ${JSON.stringify(text)} that could predict.`,
    there.length === 0 ? "Write a function `predict(input)`." : `It has ${there.slice(0, 10).join(", ")}.`,
  );
}

/**
 * Chooses what answers requests: what is asked for, else a function that predicts, else the only model that is served.
 *
 * @throws UnderlayError `entry-missing`, `entry-ambiguous`, `entry-unimportable`, `format-unserved`, `pickle-untrusted`
 */
export function choose(findings: ModelFindings, { entry, trust }: Pick<ServiceArgs, "entry" | "trust">): ServiceChoice {
  const wish = entry ?? findings.service.entry;
  if (wish !== null) return asked(findings, wish, trust);
  const [first, second] = findings.entries;
  if (first === undefined) return onlyModel(findings, trust);
  const unlike = second?.name !== first.name || second.file === first.file;
  if (unlike) return ofFunction(first);
  throw ambiguous(findings.entries.map((each) => `${moduleOf(each)}:${each.name}`));
}

const ambiguous = (choices: readonly string[]): UnderlayError =>
  new UnderlayError(
    "entry-ambiguous",
    `Several could answer requests: ${choices.slice(0, 10).join(", ")}.`,
    "Say which with --entry, or as `entry` in [tool.underlay] of pyproject.toml.",
  );

function onlyModel({ artefacts }: ModelFindings, trust: boolean): ServiceChoice {
  const models = artefacts.filter(({ format }) => formatNames.some((name) => name === format));
  if (models.length > 1) throw ambiguous(models.map(({ path }) => path));
  const only = models[0] ?? artefacts[0];
  if (only !== undefined) return ofModel(only, trust);
  throw new UnderlayError(
    "entry-missing",
    "The source has neither a function that predicts nor a model's file.",
    `Write a function \`predict(input)\`, or put a model beside it: ${formatNames.join(", ")}.`,
  );
}

/**
 * Models that are loaded, which must be there and be trusted.
 *
 * @throws UnderlayError `model-missing`, `pickle-untrusted`, `pickle-executes`
 */
export function mustBeServable(findings: ModelFindings, { modules }: ServiceChoice, trust: boolean): void {
  const missing = findings.loads.find(({ file, there }) => !there && modules.includes(file));
  if (missing !== undefined) {
    throw new UnderlayError(
      "model-missing",
      `${missing.file}:${String(missing.line)} loads ${missing.path}, which is not in the source.`,
      "Put it there, or name the script of the source that makes it with --make.",
    );
  }
  const executing = findings.artefacts.find(({ executes }) => executes.length > 0);
  if (executing !== undefined && !trust) {
    throw new UnderlayError(
      "pickle-executes",
      `${executing.path} would run ${executing.executes.slice(0, 3).join(", ")} when it is loaded.`,
      "Do not serve it, unless you wrote it yourself: then --trust.",
    );
  }
  const loaded = findings.artefacts.filter(({ path }) =>
    findings.loads.some(({ file, path: named }) => modules.includes(file) && path.endsWith(named.replace(/^\.\//, ""))),
  );
  for (const { path, format } of loaded) {
    // State dictionaries are loaded by `torch.load`, which refuses programs in them since PyTorch 2.6.
    if (format === "pickle" || format === "torch-pickle") mustBeTrusted(path, format, trust);
  }
}

/** Names that tensors of NumPy have. */
const numpyTypes: Readonly<Record<string, string>> = { float: "float32", double: "float64", half: "float16" };

/** How requests are batched unless told: inputs, and the longest wait for others, in ms. */
const defaultBatching = { most: 16, waitMs: 2 };

/** What was said of batching, completed; null where none was asked for. */
export function batchingOf(said: {
  readonly batching?: boolean | undefined;
  readonly batchInputs?: number | undefined;
  readonly batchWaitMs?: number | undefined;
}): ServiceDescription["batching"] {
  const { batchInputs: most = defaultBatching.most, batchWaitMs: waitMs = defaultBatching.waitMs } = said;
  const asked = said.batching === true || said.batchInputs !== undefined || said.batchWaitMs !== undefined;
  return asked ? { most, waitMs } : null;
}

/** What is served predicts several inputs at once, or is not asked to. */
function mustBatch({ entry, inputs, batching }: Pick<ServiceDescription, "entry" | "inputs" | "batching">): void {
  if (batching === null) return;
  const fail = (why: string, hint: string): never => {
    throw new UnderlayError("batching-impossible", `Requests cannot be predicted together: ${why}.`, hint);
  };
  if (entry.kind === "function") {
    fail(
      `${entry.module}:${entry.function} takes one input at a time`,
      "Leave batching out, or serve the model by its file (--entry).",
    );
  }
  const fixed = inputs.find(({ shape }) => typeof shape?.[0] === "number");
  if (fixed !== undefined) {
    const size = String(fixed.shape?.[0]);
    fail(
      `the input ${fixed.name} takes ${size} at a time`,
      "Leave batching out, or export the model with a free batch axis.",
    );
  }
}

/**
 * What is served, from what was found in it.
 *
 * @throws UnderlayError `batching-impossible` where batching is asked of what predicts a fixed number of inputs at a time
 */
export function describe(findings: ModelFindings, choice: ServiceChoice, args: ServiceArgs): ServiceDescription {
  const { name, version, batching } = args;
  const { entry } = choice;
  const files = entry.kind === "model" ? [entry.path] : findings.artefacts.map(({ path }) => path);
  const signature = findings.signatures.find(({ file }) => files.includes(file));
  const tensors = (list: readonly z.infer<typeof tensorSchema>[]): z.infer<typeof tensorSchema>[] =>
    list.map((tensor) => ({ ...tensor, type: tensor.type === null ? null : (numpyTypes[tensor.type] ?? tensor.type) }));
  const inputs = tensors(signature?.inputs ?? []);
  mustBatch({ entry, inputs, batching });
  return serviceDescriptionSchema.parse({
    schemaVersion: 1,
    ...{ name, version, entry, inputs },
    outputs: tensors(signature?.outputs ?? []),
    limits: { bodyBytes: 10 * 1024 * 1024, predictSec: 30, instances: 256, waiting: 64 },
    batching,
    image: { scale: 1, mean: [], deviation: [] },
  });
}

/** What the server itself imports, as requirements (PEP 508). */
const serverRequirements = ["flask>=3,<4", "gunicorn>=23", "numpy", "pillow", "prometheus-client>=0.20,<1"];

/** What a function of AWS Lambda imports of it. */
const handlerRequirements = ["numpy", "pillow"];

/** Distributions that load a model of each format. */
const loaders: Readonly<Record<ServedFormat, readonly string[]>> = {
  onnx: ["onnxruntime"],
  keras: [],
  "keras-hdf5": ["h5py"],
  "saved-model": [],
  torchscript: [],
  pickle: ["joblib"],
};

/** What is locked besides the source's own needs. */
export function servingRequirements(
  { entry }: Pick<ServiceDescription, "entry">,
  as: "server" | "function",
): readonly string[] {
  const own = as === "server" ? serverRequirements : handlerRequirements;
  if (entry.kind === "function") return own;
  // The newest ONNX Runtime for the C library of AWS Lambda's python3.11 was compiled for the first NumPy.
  const bound = as === "function" && entry.format === "onnx" ? ["numpy<2"] : [];
  return [...own, ...loaders[entry.format], ...bound];
}

/** A first input, as a request has it: zeros in the shape that the model asks for; null where no shape is known. */
export function sampleOf({ inputs }: ServiceDescription): string | null {
  const values = inputs.map(({ name, shape, type }) => {
    if (shape === null) return null;
    const zero: unknown = type === "string" || type === "str" ? "" : type === "bool" ? false : 0;
    const sizes = shape.slice(1).map((size) => size ?? 1);
    if (sizes.reduce((product, size) => product * size, 1) > 4_000_000) return null;
    return [
      name,
      sizes.reduceRight<unknown>((inner, size) => Array.from({ length: size }, () => inner), zero),
    ] as const;
  });
  const known = values.filter((value) => value !== null);
  const [first] = known;
  if (first === undefined || known.length !== inputs.length) return null;
  return JSON.stringify({ instances: [known.length === 1 ? first[1] : Object.fromEntries(known)] });
}
