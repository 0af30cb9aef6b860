import type { GraphCompiler, Image, ImageFramework } from "../../catalogue/images/schema.ts";
import type { OptimisationRequest, OptimisationWish, RequestedFramework } from "./dsl.ts";

/** What an image has to be, as a request says it. */
export interface ImageWish {
  readonly framework: ImageFramework;
  /** As far as it was given, such as `2.1`; null for any. */
  readonly version: string | null;
  /** Whether an image that was compiled for the target may be chosen. */
  readonly optimisedBuild: boolean;
  /** Null for any. */
  readonly cpu: Image["cpu"] | null;
  readonly accelerator: "none" | "nvidia" | "amd" | "fpga";
  /** Those that must be on. */
  readonly compilers: readonly GraphCompiler[];
  /** Those that must be off. */
  readonly without: readonly GraphCompiler[];
}

type FrameworkPart = Readonly<Record<string, unknown>> | undefined;

function partOf(wish: OptimisationWish): { name: RequestedFramework; part: FrameworkPart } | null {
  const { ai_training: listed, "app_type-ai_training": published } = wish;
  if (published !== undefined) {
    const name = published.config.ai_framework;
    return { name, part: published[`ai_framework-${name}`] };
  }
  const { data: _data, ...frameworks } = listed ?? {};
  const [entry] = Object.entries(frameworks) as [RequestedFramework, FrameworkPart][];
  return entry === undefined ? null : { name: entry[0], part: entry[1] };
}

/** Keras is no framework of its own in an image: its backend is, TensorFlow unless another was asked for. */
function carrierOf(name: RequestedFramework, part: FrameworkPart): ImageFramework {
  if (name !== "keras") return name;
  const backend = part?.["backend"] as RequestedFramework | undefined;
  return backend === undefined || backend === "keras" ? "tensorflow" : backend;
}

/** Keras's own version is not that of its backend. */
function versionOf(name: RequestedFramework, part: FrameworkPart): string | null {
  const version = part?.["version"] as string | number | undefined;
  return name === "keras" || version === undefined || version === "latest" ? null : String(version);
}

const switches = [
  "xla",
  "ngraph",
  "glow",
  "onednn",
  "inductor",
  "openvino",
] as const satisfies readonly GraphCompiler[];
const cpus = { x86: "x86", amd: "x86", arm: "arm", power: "power" } as const;

function acceleratorOf(word: string | undefined): ImageWish["accelerator"] {
  const known = (word ?? "").toLowerCase();
  return known === "nvidia" || known === "amd" || known === "fpga" ? known : "none";
}

/**
 * What an image has to be for a request.
 *
 * @returns null when the request asks for no framework: it has no wish, or is of an HPC application
 */
export function imageWish({ job }: OptimisationRequest): ImageWish | null {
  const { optimisation: wish, job_options: options } = job;
  const found = wish?.app_type === "ai_training" ? partOf(wish) : null;
  if (wish === undefined || found === null) return null;
  const { name, part } = found;
  const asked = acceleratorOf(wish.opt_build?.acc_type);
  return {
    framework: carrierOf(name, part),
    version: versionOf(name, part),
    optimisedBuild: wish.enable_opt_build,
    cpu: wish.opt_build === undefined ? null : cpus[wish.opt_build.cpu_type],
    // Without an accelerator to build for, whoever asks the queue for one means to use it.
    accelerator: asked === "none" && options.request_gpus !== undefined ? "nvidia" : asked,
    compilers: switches.filter((compiler) => part?.[compiler] === true),
    without: switches.filter((compiler) => part?.[compiler] === false),
  };
}

/** What a request says of its data; undefined when it says nothing. */
export function requestedData({ job }: OptimisationRequest) {
  const wish = job.optimisation;
  return wish?.["app_type-ai_training"]?.data ?? wish?.ai_training?.data;
}
