import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";

const readySchema = z.object({
  event: z.literal("ready"),
  parts: z.record(z.string(), z.number()),
  facts: z.record(z.string(), z.unknown()),
});
const blockSchema = z.object({
  event: z.literal("block"),
  items: z.number(),
  unit: z.string(),
  seconds: z.number(),
  steps: z.array(z.number()),
  metrics: z.record(z.string(), z.number()),
});
const helloSchema = z.object({ event: z.literal("hello"), pid: z.number() });
const stoppedSchema = z.object({ event: z.literal("stopped"), peakMemoryMiB: z.number() });

/** An open process of `hash-session.mjs`. */
export interface HashSession {
  /** What the program said when it was ready, and what the host measured until then. */
  readonly launch: { readonly seconds: number; readonly startSeconds: number } & Omit<
    z.infer<typeof readySchema>,
    "event"
  >;
  /** Runs a block of 1 MiB hashed `steps` times; with the seconds that the host measured. */
  block(
    series: string,
    block: number,
    steps: number,
  ): Promise<Omit<z.infer<typeof blockSchema>, "event"> & { hostSeconds: number }>;
  /** Ends the process; with the seconds until it had ended. */
  stop(): Promise<{ seconds: number; peakMemoryMiB: number }>;
  /** Ends the process at once, if it still runs. */
  kill(): void;
}

/**
 * Starts the workload of the cheap runs: a real child process that speaks the session protocol, pinned to one CPU, as
 * the local target pins all environments of a comparison to the same CPUs.
 *
 * @throws UnderlayError `hash-session` when the program ends too early.
 */
export async function openHashSession(): Promise<HashSession> {
  const begin = performance.now();
  const program = fileURLToPath(new URL("hash-session.mjs", import.meta.url));
  const command = ["--cpu-list", lastAllowedCpu(), process.execPath, program];
  const child = spawn("taskset", command, { stdio: ["pipe", "pipe", "inherit"] });
  const events = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exit = once(child, "exit");
  const receive = async <T>(schema: z.ZodType<T>): Promise<T> => {
    const line = await events.next();
    if (line.done === true) throw new UnderlayError("hash-session", "The hashing program ended before its answer.");
    return schema.parse(JSON.parse(line.value));
  };
  const timed = async <T>(command: object, schema: z.ZodType<T>): Promise<{ answer: T; seconds: number }> => {
    const start = performance.now();
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = await receive(schema);
    return { answer, seconds: secondsSince(start) };
  };
  await receive(helloSchema);
  const startSeconds = secondsSince(begin);
  const { parts, facts } = (await timed({ command: "start", options: {} }, readySchema)).answer;
  return {
    launch: { seconds: secondsSince(begin), startSeconds, parts, facts },
    block: async (series, block, steps) => {
      const { answer, seconds } = await timed({ command: "block", series, block, steps }, blockSchema);
      return { ...answer, hostSeconds: seconds };
    },
    stop: async () => {
      const start = performance.now();
      const { answer } = await timed({ command: "stop" }, stoppedSchema);
      await exit;
      return { seconds: secondsSince(start), peakMemoryMiB: answer.peakMemoryMiB };
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

/** The last CPU that this process may use; the first ones have the most interrupts. */
function lastAllowedCpu(): string {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return list?.split(/[,-]/).at(-1) ?? "0";
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
