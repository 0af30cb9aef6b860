import { UnderlayError } from "../measure/error.ts";
import { execute } from "./execute.ts";
import { type Machine, required } from "./machine.ts";

/** How requirements are locked. */
export interface LockOptions {
  /** Such as `3.11`. */
  readonly pythonVersion: string;
  /** Where it is to run, as uv names it, such as `x86_64-manylinux_2_17`. @default this machine's */
  readonly platform?: string | undefined;
  /**
   * Whether PyTorch and what belongs to it come from its own index of wheels for the processor alone, where that answers; those
   * of the public index bring NVIDIA's libraries. `UV_TORCH_BACKEND` of the user's goes first. @default false
   */
  readonly processorOnly?: boolean | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Locked requirements. */
export interface PythonLock {
  /** The lock, with hashes and without the address of an index. */
  readonly text: string;
  /** What is in it. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

/** What a lock has. */
export function packagesOf(text: string): PythonLock["packages"] {
  const packages = [...text.matchAll(/^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s\\;]+)/gim)];
  return packages.map(([, name = "", version = ""]) => ({ name, version }));
}

/** Longest time to resolve, in seconds: an index may have to be asked for hundreds of files. */
const timeoutSec = 300;

/** Variables that say which index is asked, and how it is reached. */
const indexVariables = /^(?:UV_.*|SSL_CERT_(?:FILE|DIR)|(?:HTTPS?|ALL|NO)_PROXY)$/i;

/** What uv has to know of its index, and that it prints for programs. */
export function indexEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => indexVariables.test(entry[0]) && entry[1] !== undefined,
  );
  return { ...Object.fromEntries(entries), UV_NO_PROGRESS: "1", NO_COLOR: "1" };
}

/** The command that locks what it reads; nothing is built, so that no program of a distribution runs. */
function lockCommand(uv: string, { pythonVersion, platform, processorOnly }: LockOptions): string[] {
  return [
    ...[
      uv,
      "pip",
      "compile",
      "--no-config",
      "--generate-hashes",
      "--no-emit-index-url",
      "--no-annotate",
      "--no-header",
    ],
    ...["--only-binary", ":all:", "--python-version", pythonVersion, "--quiet"],
    ...(platform === undefined ? [] : ["--python-platform", platform]),
    ...(processorOnly === true && process.env["UV_TORCH_BACKEND"] === undefined ? ["--torch-backend", "cpu"] : []),
    "-",
  ];
}

/** What uv said, on one line: its last words, which name what does not fit. */
function inOneLine(said: string): string {
  const text = said
    .replaceAll(/^\s*(?:error|cause|hint):\s*/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return text.length > 700 ? `${text.slice(0, 699)}…` : text;
}

/**
 * The error for what uv said.
 *
 * @param said The end of its standard error.
 * @returns `distribution-unknown`, `wheels-missing`, `requirements-contradict`, `index-unreachable`, or `resolution-failed`
 */
export function lockError(said: string): UnderlayError {
  const text = inOneLine(said);
  const [, unknown] = /Because (\S+) was not found in the package registry/.exec(text) ?? [];
  if (unknown !== undefined) {
    return new UnderlayError(
      "distribution-unknown",
      `No index has a distribution ${unknown}.`,
      "Declare the distribution that has the module in requirements.txt, or copy the module into the source.",
    );
  }
  const why = text.replace(/^.*?No solution found when resolving dependencies:?\s*/, "");
  if (/has no usable wheels|have no wheels/.test(text)) {
    return new UnderlayError(
      "wheels-missing",
      `A distribution has no wheel for this Python: ${why}`,
      "Choose another --python or another version; nothing is built from its source, which would run its program.",
    );
  }
  if (/No solution found|are unsatisfiable/.test(text)) {
    return new UnderlayError(
      "requirements-contradict",
      `No versions fit together: ${why}`,
      "Loosen one of the requirements that it names.",
    );
  }
  if (/error sending request|Failed to fetch|dns error|tcp connect error|timed out/i.test(text)) {
    return new UnderlayError("index-unreachable", `The package index cannot be asked: ${text}`);
  }
  return new UnderlayError("resolution-failed", `uv could not resolve the requirements: ${text}`);
}

/**
 * What a lock for the processor alone has all the same, for people: null where there is nothing to say.
 *
 * @param packages Of the lock.
 */
export function acceleratorsNote(packages: PythonLock["packages"]): string | null {
  const torch = packages.find(({ name, version }) => name === "torch" && !version.includes("+cpu"));
  const libraries = packages.filter(({ name }) => /^nvidia-|^cuda-/.test(name));
  return torch === undefined || libraries.length === 0
    ? null
    : `torch ${torch.version} brings ${String(libraries.length)} packages for NVIDIA's accelerators: ${torchIndex}, which has ` +
        "wheels for the processor alone, was not reachable when it was locked";
}

/** Host of PyTorch's own indexes. */
const torchIndex = "download.pytorch.org";

/**
 * Resolves requirements to versions that fit together, by uv.
 *
 * @param machine Has uv.
 * @param lines Requirements and bounds (PEP 508), one each.
 * @throws UnderlayError as {@link lockError} says, or `uv-missing`
 */
export async function lockRequirements(
  machine: Machine,
  lines: readonly string[],
  options: LockOptions,
): Promise<PythonLock> {
  const { command } = required(machine, "uv", machine.uv);
  const input = `${lines.join("\n")}\n`;
  try {
    const text = await execute(lockCommand(command, options), {
      ...{ input, timeoutSec, signal: options.signal, env: indexEnvironment() },
    });
    return { text: `${text}\n`, packages: packagesOf(text) };
  } catch (thrown) {
    if (thrown instanceof UnderlayError && thrown.code === "command-failed" && thrown.hint !== null) {
      const error = lockError(thrown.hint);
      const elsewhere = error.code === "index-unreachable" && thrown.hint.includes(torchIndex);
      if (elsewhere && options.processorOnly === true) {
        return lockRequirements(machine, lines, { ...options, processorOnly: false });
      }
      throw error;
    }
    throw thrown;
  }
}
