import { z } from "zod";

const milliseconds = z.number().nonnegative();

/** What the service notes down of one request. */
export const functionReportSchema = z.strictObject({
  requestId: z.string().min(1),
  durationMs: milliseconds,
  /** What is charged, rounded up to the service's unit. */
  billedDurationMs: milliseconds,
  memorySizeMiB: z.number().int().positive(),
  maxMemoryUsedMiB: z.number().int().nonnegative(),
  /** From the start of the runtime until it asked for its first event; null unless this request started the instance. */
  initDurationMs: milliseconds.nullable(),
  /** Making of the sandbox before that, which only the local endpoint tells; null where it is not told. */
  sandboxDurationMs: milliseconds.nullable(),
  /** `error` or `timeout`; null when the request was answered. */
  status: z.enum(["error", "timeout"]).nullable(),
  /** Such as `Runtime.OutOfMemory`; null when there was none. */
  errorType: z.string().nullable(),
});

/** What the service notes down of one request. */
export type FunctionReport = z.infer<typeof functionReportSchema>;

const ms = (value: number): string => `${String(Number(value.toFixed(2)))} ms`;

/** A report as AWS Lambda writes it into its log, in one line without a line feed; fields are separated by tabs. */
export function formatReport(report: FunctionReport): string {
  const { initDurationMs, sandboxDurationMs, status, errorType } = report;
  return [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${ms(report.durationMs)}`,
    `Billed Duration: ${ms(report.billedDurationMs)}`,
    `Memory Size: ${String(report.memorySizeMiB)} MB`,
    `Max Memory Used: ${String(report.maxMemoryUsedMiB)} MB`,
    ...(initDurationMs === null ? [] : [`Init Duration: ${ms(initDurationMs)}`]),
    ...(sandboxDurationMs === null ? [] : [`Sandbox Duration: ${ms(sandboxDurationMs)}`]),
    ...(status === null ? [] : [`Status: ${status}`]),
    ...(errorType === null ? [] : [`Error Type: ${errorType}`]),
  ].join("\t");
}

/**
 * Reads a line of a function's log, of AWS Lambda or of the local endpoint.
 *
 * @returns the report; null when the line is none
 */
export function parseReport(line: string): FunctionReport | null {
  if (!line.startsWith("REPORT RequestId: ")) {
    return null;
  }
  const fields = new Map(
    line
      .trimEnd()
      .slice("REPORT ".length)
      .split(/\t/)
      .map((field) => {
        const at = field.indexOf(": ");
        return [field.slice(0, at), field.slice(at + 2)] as const;
      }),
  );
  const number = (name: string): number => Number.parseFloat(fields.get(name) ?? "");
  const numberOrNull = (name: string): number | null => (fields.has(name) ? number(name) : null);
  const parsed = functionReportSchema.safeParse({
    requestId: fields.get("RequestId"),
    durationMs: number("Duration"),
    billedDurationMs: number("Billed Duration"),
    memorySizeMiB: number("Memory Size"),
    maxMemoryUsedMiB: number("Max Memory Used"),
    initDurationMs: numberOrNull("Init Duration"),
    sandboxDurationMs: numberOrNull("Sandbox Duration"),
    status: fields.get("Status") ?? null,
    errorType: fields.get("Error Type") ?? null,
  });
  return parsed.success ? parsed.data : null;
}
