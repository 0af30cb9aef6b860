import { z } from "zod";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { nearest } from "../../measure/nearest.ts";
import { type JobOptions, type OptimisationRequest, optimisationRequestSchema, type OptimisationWish } from "./dsl.ts";

/** The keys that a request may have at a path; empty where it has none of its own. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: unknown = optimisationRequestSchema;
  for (const key of path) {
    const inner = unwrapped(schema);
    schema = inner instanceof z.ZodObject ? inner.shape[String(key)] : undefined;
  }
  const found = unwrapped(schema);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? "missing" : text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function oneOf(values: readonly unknown[], given: unknown): string {
  const names = values.map(String).filter((name) => name !== "");
  const guess = typeof given === "string" && given !== "" ? ` Did you mean ${nearest(given, names)}?` : "";
  return `must be one of ${names.join(", ")}.${guess}`;
}

const nouns: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};

/** What is allowed where an issue was found, as the end of a sentence. */
function allowed(issue: z.core.$ZodIssue, given: unknown): string {
  switch (issue.code) {
    case "invalid_value":
      return oneOf(issue.values, given);
    case "invalid_type":
      return issue.message.startsWith("must")
        ? `${issue.message}.`
        : `must be ${nouns[issue.expected] ?? issue.expected}.`;
    case "too_small":
      return `must be at least ${String(issue.minimum)}.`;
    case "too_big":
      return `must be at most ${String(issue.maximum)}.`;
    case "invalid_key":
      return `${issue.issues[0]?.message ?? "is no key"}.`;
    default:
      return `${issue.message}.`;
  }
}

function explain(issue: z.core.$ZodIssue, request: unknown): string[] {
  const place = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const keys = keysAt(issue.path);
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return (
        `${path.map(String).join(".")} is ${shown(valueAt(request, path))}, but there is no such key. ` +
        `Did you mean ${nearest(key, keys)}? The keys are ${keys.join(", ")}.`
      );
    });
  }
  const given = valueAt(request, issue.path);
  return [`${place === "" ? "The request" : place} is ${shown(given)}, but ${allowed(issue, given)}`];
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

const wishPath = "job.optimisation";

/** What a wish for a classic HPC application lacks. */
function hpcFaults({ "app_type-hpc": hpc }: OptimisationWish): Fault[] {
  if (hpc === undefined) return [{ path: `${wishPath}.app_type-hpc`, message: "is missing, but app_type is hpc" }];
  const key = `parallelisation-${hpc.config.parallelisation}` as const;
  if (hpc[key] !== undefined) return [];
  return [{ path: `${wishPath}.app_type-hpc.${key}`, message: `is missing, but config.parallelisation asks for it` }];
}

/** What a wish for a training lacks, or says twice. */
function trainingFaults({ ai_training: listed, "app_type-ai_training": published }: OptimisationWish): Fault[] {
  const path = `${wishPath}.app_type-ai_training`;
  if (listed !== undefined && published !== undefined) {
    return [{ path, message: "is given beside ai_training: give one of the two" }];
  }
  if (published !== undefined) {
    const key = `ai_framework-${published.config.ai_framework}` as const;
    return published[key] === undefined
      ? [{ path: `${path}.${key}`, message: "is missing, but config.ai_framework asks for it" }]
      : [];
  }
  if (listed === undefined) return [{ path, message: "is missing, but app_type is ai_training" }];
  const names = Object.keys(listed).filter((key) => key !== "data");
  const said = names.length === 0 ? "no framework" : names.join(" and ");
  return names.length === 1
    ? []
    : [{ path: `${wishPath}.ai_training`, message: `names ${said}, but must name one framework` }];
}

function optimisationFaults(wish: OptimisationWish): Fault[] {
  const build = { path: `${wishPath}.opt_build`, message: "is missing, but enable_opt_build is true: say cpu_type" };
  return [
    ...(wish.enable_opt_build && wish.opt_build === undefined ? [build] : []),
    ...(wish.app_type === "hpc" ? hpcFaults(wish) : trainingFaults(wish)),
  ];
}

function optionFaults(options: JobOptions): Fault[] {
  const path = (key: keyof JobOptions): string => `job.job_options.${key}`;
  const twoFiles = options.combine_stdout_stderr === false && options.standard_error_file === undefined;
  const notified = (options.request_event_notification ?? "") !== "";
  return [
    ...(twoFiles
      ? [{ path: path("standard_error_file"), message: "is missing, but combine_stdout_stderr is false" }]
      : []),
    ...(notified && options.email_address === undefined
      ? [{ path: path("email_address"), message: "is missing, but request_event_notification asks for mail" }]
      : []),
  ];
}

/** What is right in each part and wrong together. */
function coherenceFaults({ job }: OptimisationRequest): Fault[] {
  const { job_options: options, application, target, optimisation } = job;
  const unscheduled = target !== undefined && target.job_scheduler_type === undefined;
  const runs = (application.executable ?? "").trim() !== "" || (application.container_runtime ?? "") !== "";
  return [
    ...optionFaults(options),
    ...(unscheduled
      ? [{ path: "job.target.job_scheduler_type", message: "is missing: a target's name does not say it" }]
      : []),
    ...(runs || optimisation !== undefined
      ? []
      : [{ path: "job.application.executable", message: "is missing, and so is container_runtime" }]),
    ...(optimisation === undefined ? [] : optimisationFaults(optimisation)),
  ];
}

const remedy = "The format is docs/schemas/optimisation-request.schema.json; docs/optimised-training.md explains it.";

/**
 * Reads a request and checks all of it, before anything is made of it.
 *
 * @param text JSON
 * @param source where it is from, for the error
 * @throws UnderlayError `request-invalid` naming every path that is wrong, its value and what is allowed
 */
export function readRequest(text: string, source: string): OptimisationRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UnderlayError("request-invalid", `${source} is no JSON: ${messageOf(cause)}.`, remedy, { cause });
  }
  const parsed = optimisationRequestSchema.safeParse(value);
  const lines = parsed.success
    ? coherenceFaults(parsed.data).map(({ path, message }) => `${path} ${message}.`)
    : parsed.error.issues.flatMap((issue) => explain(issue, value));
  if (!parsed.success || lines.length > 0) {
    throw new UnderlayError(
      "request-invalid",
      `${source} is wrong:\n${lines.map((line) => `  ${line}`).join("\n")}`,
      remedy,
    );
  }
  return parsed.data;
}
