import { z } from "zod";

/** As much of a function's answer as a measurement takes from it; any other JSON is taken for silence. */
const answerSchema = z.object({
  coldStart: z.boolean(),
  requestId: z.string().optional(),
  timings: z.record(z.string(), z.number().nonnegative()).default({}),
});

/** What an answer tells of its making. */
export interface Answer {
  /** Whether this was the first request of its instance; null where the answer does not say. */
  readonly coldStart: boolean | null;
  /** Its id in the service's log; null where the answer does not say. */
  readonly requestId: string | null;
  /** Seconds by part, such as `imports`, `modelLoad`, `prediction`. */
  readonly timings: Readonly<Record<string, number>>;
}

const silent: Answer = { coldStart: null, requestId: null, timings: {} };

/** Reads the body of an answer; one that is not a function's of this project tells nothing. */
export function readAnswer(body: Buffer): Answer {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    // Any server may be measured, also one whose answers are no JSON.
    return silent;
  }
  const parsed = answerSchema.safeParse(value);
  return parsed.success ? { ...parsed.data, requestId: parsed.data.requestId ?? null } : silent;
}

const refusalSchema = z.object({ errorType: z.string().regex(/^[\w.:-]{1,80}$/) });

/** The kind of error that the body of a refusal names, such as `Runtime.OutOfMemory`; null where it names none. */
export function readErrorType(body: Buffer): string | null {
  try {
    const parsed = refusalSchema.safeParse(JSON.parse(body.toString("utf8")));
    return parsed.success ? parsed.data.errorType : null;
  } catch {
    // A refusal may be of any form: its status says enough.
    return null;
  }
}
