import { z } from "zod";
import { requestNumbersShape } from "../measure/record.ts";

const seconds = z.number().nonnegative();

/** What a workload program says on its standard output, one JSON object a line. */
export const sessionEventSchema = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("hello"), pid: z.number().int().positive() }),
  z.strictObject({
    event: z.literal("ready"),
    parts: z.record(z.string(), seconds),
    facts: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    event: z.literal("block"),
    series: z.string(),
    block: z.number().int().nonnegative(),
    items: z.number().positive(),
    unit: z.string(),
    seconds: z.number().positive(),
    steps: z.array(seconds),
    metrics: z.record(z.string(), z.number()),
    ...requestNumbersShape,
  }),
  z.strictObject({ event: z.literal("stopped"), peakMemoryMiB: z.number().nonnegative().nullable() }),
  z.strictObject({ event: z.literal("error"), code: z.string(), message: z.string() }),
]);

/** What a workload program says. */
export type SessionEvent = z.infer<typeof sessionEventSchema>;

/** What a workload program is told on its standard input, one JSON object a line. */
export type SessionCommand =
  | { readonly command: "start"; readonly options: Readonly<Record<string, unknown>> }
  | { readonly command: "block"; readonly series: string; readonly block: number; readonly steps: number }
  | { readonly command: "stop" };

/** An event of one kind. */
export type EventOf<K extends SessionEvent["event"]> = Extract<SessionEvent, { event: K }>;
