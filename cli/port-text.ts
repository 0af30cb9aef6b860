import type { PortTimes } from "../measure/port-times.ts";
import type { Distribution, Interval, Summary } from "../measure/results.ts";
import type { Ported } from "../workloads/index.ts";
import type { ServedPort } from "./port-served.ts";

/** A port with what it was made of, as `--json` prints it. */
export interface PortReport extends Omit<Ported, "latencies" | "starts"> {
  readonly model: string;
  readonly format: string;
  readonly file: string;
  readonly tolerance: { readonly relative: number; readonly absolute: number };
  readonly seed: number;
  readonly range: readonly [number, number];
  readonly threads: number;
  /** Null where nothing was timed. */
  readonly times: PortTimes | null;
  /** Most memory of a process that answered once, in MiB; null where nothing was timed. */
  readonly peakMemoryMiB: { readonly original: number; readonly ported: number } | null;
  /** Both as services in containers; null where no images were asked for. */
  readonly served: ServedPort | null;
}

const number = (value: number, digits = 3): string => String(Number(value.toPrecision(digits)));
const mebibytes = (bytes: number): string => `${number(bytes / 2 ** 20)} MiB`;
const between = (interval: Interval | null, scale: number): string =>
  interval === null ? "" : ` (${number(interval.low * scale)} to ${number(interval.high * scale)})`;

function latencyText({ percentiles, n }: Distribution): string {
  const parts = percentiles.flatMap(({ p, value, interval }) =>
    value === null || p === 0.9 ? [] : [`p${String(p * 100)} ${number(value * 1000)} ms${between(interval, 1000)}`],
  );
  return `${parts.join(", ")}, ${String(n)} requests`;
}

function startText({ mean, interval, n }: Summary): string {
  return mean === null ? "not timed" : `${number(mean)} s${between(interval, 1)}, ${String(n)} starts`;
}

function differencesText({ differences, samples, tolerance }: PortReport): string[] {
  const lines = differences.map(({ output, values, maximumAbsolute, maximumRelative }) =>
    maximumAbsolute === null || maximumRelative === null
      ? `  ${output}: all ${String(values)} values equal`
      : `  ${output}: absolute ${number(maximumAbsolute)}, relative ${number(maximumRelative)} over ${String(values)} values`,
  );
  const allowed = `${String(tolerance.absolute)} + ${String(tolerance.relative)} × the original's value`;
  return [`largest difference on ${String(samples)} drawn inputs (allowed: ${allowed}):`, ...lines];
}

/** Latencies before and after, and their ratio. */
function latencyLines({ latency, latencyRatio }: PortTimes): string[] {
  const ratio = latencyRatio.ratio === null ? "unknown" : number(latencyRatio.ratio);
  return [
    `  before: ${latencyText(latency.original)}`,
    `  after:  ${latencyText(latency.ported)}`,
    `  after ÷ before: ${ratio}${between(latencyRatio.interval.value, 1)}, 95 % over pairs of blocks`,
  ];
}

function servedLines({ images, cpus, times, peakMemoryMiB }: ServedPort): string[] {
  const { original, ported } = images;
  const memory = (side: "original" | "ported"): string =>
    peakMemoryMiB[side] === null ? "unknown" : `${number(peakMemoryMiB[side])} MiB`;
  return [
    `image of the service: ${mebibytes(original.bytes)} before, ${mebibytes(ported.bytes)} after`,
    ...(times === null
      ? []
      : [
          `one prediction over HTTP, ${String(cpus)} CPU${cpus === 1 ? "" : "s"}:`,
          ...latencyLines(times),
          `start of the container until its model is loaded: ${startText(times.start.original)} before, ${startText(times.start.ported)} after`,
        ]),
    `most memory of the container: ${memory("original")} before, ${memory("ported")} after`,
  ];
}

/** What came of a port, for people. */
export function portText(report: PortReport): string {
  const { file, framework, converter, runtime, opset, inputs, bytes, installed, times, peakMemoryMiB, served } = report;
  const shapes = inputs.map(
    ({ name, type, shape }) => `${name} ${type} (${shape.map((size) => size ?? "any").join(", ")})`,
  );
  const absent = installed.original.notHere.length;
  const lines = [
    `${file}: operators ${String(opset)}, by ${converter}`,
    `inputs: ${shapes.join(", ")}`,
    ...differencesText(report),
    `model: ${mebibytes(bytes.original)} before, ${mebibytes(bytes.ported)} after`,
    `packages that serving takes: ${mebibytes(installed.original.bytes)} before (${framework}), ` +
      `${mebibytes(installed.ported.bytes)} after (${runtime})`,
    ...(absent === 0 ? [] : [`  before: without ${String(absent)} distributions that are not installed here`]),
  ];
  const timed =
    times === null
      ? ["nothing was timed"]
      : [
          `one prediction, ${String(report.threads)} thread${report.threads === 1 ? "" : "s"}, in process:`,
          ...latencyLines(times),
          `start to first answer: ${startText(times.start.original)} before, ${startText(times.start.ported)} after`,
        ];
  const memory =
    peakMemoryMiB === null
      ? []
      : [`most memory: ${number(peakMemoryMiB.original)} MiB before, ${number(peakMemoryMiB.ported)} MiB after`];
  return `${[...lines, ...timed, ...memory, ...(served === null ? [] : servedLines(served))].join("\n")}\n`;
}
