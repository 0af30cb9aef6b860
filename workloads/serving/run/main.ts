// The load generator, as a program of the session protocol: a block is one phase of requests.
import { getPriority, setPriority } from "node:os";
import { createInterface } from "node:readline";
import { z } from "zod";
import { UnderlayError } from "../../../measure/error.ts";
import { blockOf } from "./block.ts";
import { Client } from "./client.ts";
import { type Options, optionsSchema } from "./options.ts";
import { play } from "./phase.ts";
import { mustBeReadable, reportsOf } from "./reports.ts";
import { warmUp } from "./warm-up.ts";

const commandSchema = z.discriminatedUnion("command", [
  z.object({ command: z.literal("start"), options: z.unknown() }),
  z.object({
    command: z.literal("block"),
    series: z.string(),
    block: z.number().int().nonnegative(),
    steps: z.number().int().positive(),
  }),
  z.object({ command: z.literal("stop") }),
]);

function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Above other work, where the user may: a generator that waits for a CPU measures itself. */
const wantedPriority = -10;

/** Asks for a priority; gives the one that was had. */
function takePriority(): number {
  try {
    setPriority(wantedPriority);
  } catch {
    // Only some users may; the priority is told, and how late requests went out is measured.
  }
  return getPriority();
}

interface Ready {
  readonly options: Options;
  readonly client: Client;
}

async function answer(line: string, ready: Ready | null): Promise<Ready | null> {
  const command = commandSchema.parse(JSON.parse(line));
  switch (command.command) {
    case "start": {
      const options = optionsSchema.parse(command.options);
      await mustBeReadable(options.reports);
      const client = new Client(options);
      const { url, eviction } = options;
      const facts = { node: process.version, url, eviction: eviction?.by ?? null, priority: takePriority() };
      const start = process.uptime();
      say({ event: "ready", parts: { start, warmUp: await warmUp() }, facts });
      return { options, client };
    }
    case "block": {
      const { series, block, steps } = command;
      const phase = ready?.options.series[series];
      if (ready === null || phase === undefined) {
        throw new UnderlayError("series-unknown", `There is no series ${series}.`);
      }
      const { eviction, reports } = ready.options;
      const outcomes = await play(phase, steps, ready.client, eviction);
      const numbers = await blockOf(outcomes, async (ids) => (reports === null ? new Map() : reportsOf(reports, ids)));
      say({ event: "block", series, block, ...numbers });
      return ready;
    }
    case "stop":
      await ready?.client.close();
      say({ event: "stopped", peakMemoryMiB: process.resourceUsage().maxRSS / 1024 });
      return null;
  }
}

function explain(thrown: unknown): object {
  if (thrown instanceof UnderlayError) return { event: "error", code: thrown.code, message: thrown.message };
  if (thrown instanceof z.ZodError) {
    return { event: "error", code: "options-invalid", message: z.prettifyError(thrown) };
  }
  return { event: "error", code: "unexpected", message: thrown instanceof Error ? thrown.message : String(thrown) };
}

say({ event: "hello", pid: process.pid });
let ready: Ready | null = null;
for await (const line of createInterface({ input: process.stdin })) {
  try {
    ready = await answer(line, ready);
  } catch (thrown) {
    say(explain(thrown));
    break;
  }
}
await ready?.client.close();
process.stdin.destroy();
