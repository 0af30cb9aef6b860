// A workload that costs next to nothing to start: hashes memory, speaking the session protocol (JSON Lines: commands
// on stdin, events on stdout). Native code does the work, so there is no just-in-time compiler to warm up.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";

const say = (/** @type {object} */ event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const now = () => Number(process.hrtime.bigint()) / 1e9;

say({ event: "hello", pid: process.pid });

const mebibytes = 1;
let memory = Buffer.alloc(0);

const hash = () => {
  const start = now();
  createHash("sha256").update(memory).digest();
  return now() - start;
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.command === "start") {
    const start = now();
    memory = Buffer.alloc(mebibytes * 1_048_576, 7);
    const built = now();
    hash();
    say({ event: "ready", parts: { build: built - start, warmUp: now() - built }, facts: { node: process.version } });
  } else if (command.command === "block") {
    const steps = Array.from({ length: command.steps }, hash);
    const seconds = steps.reduce((sum, step) => sum + step, 0);
    const { series, block } = command;
    const items = mebibytes * command.steps;
    say({ event: "block", series, block, items, unit: "MiB", seconds, steps, metrics: {} });
  } else if (command.command === "stop") {
    say({ event: "stopped", peakMemoryMiB: process.resourceUsage().maxRSS / 1024 });
    break;
  }
}

// An open pipe would keep the process waiting for commands.
process.stdin.destroy();
