import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseReport } from "../measure/function-report.ts";
import { pairedRatio } from "../measure/interval.ts";
import { median } from "../measure/statistics.ts";
import { type ContainerEngine, engineCommand } from "../provider/container-engine.ts";
import { readMachine, required } from "../provider/machine.ts";
import type { StandingFront } from "../test/support/function.ts";
import type { Bench } from "./bench.ts";
import { Client, evict, idleFunction, withFunctions } from "./functions.ts";

const goal = 1.5;
const pairs = 20;

/** Milliseconds from the command to the first word out of a container of the shared image. */
async function engineMs(engine: ContainerEngine): Promise<number> {
  const isolation = ["--rm", "--network", "none", "--read-only", "--memory", "1769m", ...engine.runArguments];
  const [file = "", ...args] = engineCommand(engine, ["run", ...isolation, engine.image.reference, "echo", "ready"]);
  const start = performance.now();
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const ms = performance.now() - start;
  await once(child, "close");
  return ms;
}

/** Milliseconds from a request to a runtime that asks for it: sandbox, interpreter, client and an empty handler. */
async function coldMs(front: StandingFront, client: Client): Promise<number> {
  await evict(front);
  const { requestId } = JSON.parse((await client.ask()).body) as { requestId: string };
  for (;;) {
    const lines = readFileSync(front.control.log, "utf8").split("\n");
    const report = lines.map(parseReport).find((each) => each?.requestId === requestId);
    if (report) {
      return (report.sandboxDurationMs ?? Number.NaN) + (report.initDurationMs ?? Number.NaN);
    }
    await sleep(2);
  }
}

/** Cold start without a model against a container of the machine's engine. */
export const coldSandbox: Bench = {
  name: "cold-sandbox",
  title: "cold start of container and runtime client ÷ the engine's `run` of the same image until its first output",
  goal: `≤ ${String(goal)}`,
  unit: "ratio",
  run: (progress) =>
    withFunctions(async (lab) => {
      const machine = readMachine();
      const engine = required(machine, "container-engine", machine.containerEngine);
      const front = await lab.start({ package: lab.pack(idleFunction), maximumInstances: 1 });
      const client = new Client(front);
      await coldMs(front, client);
      await engineMs(engine);
      const times: { cold: number; engine: number }[] = [];
      for (let pair = 0; pair < pairs; pair += 1) {
        const first = pair % 2 === 0 ? await coldMs(front, client) : null;
        const byEngine = await engineMs(engine);
        times.push({ cold: first ?? (await coldMs(front, client)), engine: byEngine });
      }
      client.end();
      const medians = {
        coldMs: median(times.map(({ cold }) => cold)),
        engineMs: median(times.map(({ engine: ms }) => ms)),
      };
      progress(
        `cold ${medians.coldMs?.toFixed(1) ?? ""} ms, ${engine.name} run ${medians.engineMs?.toFixed(1) ?? ""} ms`,
      );
      const logRatios = times.map(({ cold, engine: ms }) => Math.log(cold / ms));
      const { ratio, interval } = pairedRatio(logRatios, "pairs");
      const value = ratio ?? Number.NaN;
      return { value, n: pairs, interval: interval.value, pass: value <= goal, detail: { ...medians, times } };
    }),
};
