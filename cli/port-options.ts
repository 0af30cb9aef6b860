import { UnderlayError } from "../measure/error.ts";
import type { PortRequest } from "../workloads/index.ts";
import { numberOf, wholeOf } from "./options.ts";

/** Options of `underlay models port`, as they were typed. */
export interface PortOptions {
  readonly to: string;
  readonly out: string;
  readonly opset: string;
  readonly input: readonly string[];
  readonly factory?: string;
  readonly trust?: boolean;
  readonly range: string;
  readonly relative: string;
  readonly absolute: string;
  readonly samples: string;
  readonly seed: string;
  readonly blocks: string;
  readonly requests: string;
  readonly starts: string;
  readonly threads: string;
  readonly timing: boolean;
  /** Whether both are built and asked as services, too. */
  readonly images?: boolean;
  readonly json?: boolean;
}

/** What of a request the options decide. */
export type PortSettings = Omit<PortRequest, "model" | "format" | "output" | "factory">;

/** Types that inputs are drawn in. */
const inputTypes = ["float32", "float64", "int32", "int64"];

/** An input as it is typed: sizes with `x` between them, `?` for any, and a type where it is not float32. */
function inputOf(text: string): { shape: (number | null)[]; type: string } {
  const [sizes = "", type = "float32", ...more] = text.split(":");
  const parts = sizes.split("x");
  const valid = parts.every((part) => part === "?" || (/^\d{1,6}$/.test(part) && Number(part) > 0));
  if (!valid || more.length > 0 || !inputTypes.includes(type)) {
    throw new UnderlayError(
      "option-invalid",
      `--input is "${text}".`,
      `Write sizes, the batch first, and a type of ${inputTypes.join(", ")}: such as 1x3x224x224 or ?x128:int64.`,
    );
  }
  return { shape: parts.map((part) => (part === "?" ? null : Number(part))), type };
}

function rangeOf(text: string): [number, number] {
  const [, low, high] = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (low !== undefined && high !== undefined && Number(low) < Number(high)) return [Number(low), Number(high)];
  throw new UnderlayError("option-invalid", `--range is "${text}", but must be two numbers that rise, such as 0,255.`);
}

/**
 * Reads the options of a port.
 *
 * @throws UnderlayError `option-invalid` with what is allowed
 */
export function portSettings(options: PortOptions): PortSettings {
  if (options.to !== "onnx") {
    throw new UnderlayError("option-invalid", `--to is "${options.to}", but must be onnx.`);
  }
  const inputs = options.input.map(inputOf);
  const [low, high] = rangeOf(options.range);
  return {
    // ONNX Runtime reads sets of operators from 7 on; those of the far future are the converter's to refuse.
    opset: wholeOf("--opset", options.opset, 7, 99),
    shapes: inputs.length === 0 ? null : inputs.map(({ shape }) => shape),
    types: inputs.length === 0 ? null : inputs.map(({ type }) => type),
    samples: wholeOf("--samples", options.samples, 1, 100_000),
    seed: wholeOf("--seed", options.seed, 0, 2 ** 31 - 1),
    low,
    high,
    relative: numberOf("--relative", options.relative),
    absolute: numberOf("--absolute", options.absolute),
    blocks: options.timing ? wholeOf("--blocks", options.blocks, 3, 1000) : 0,
    requests: wholeOf("--requests", options.requests, 1, 100_000),
    starts: wholeOf("--starts", options.starts, 1, 100),
    threads: wholeOf("--threads", options.threads, 1, 1024),
  };
}
