import { fileURLToPath } from "node:url";
import { meanInterval } from "../measure/interval.ts";
import { mean } from "../measure/statistics.ts";
import { measurementInputsSchema } from "../provider/inputs.ts";
import { measurementHandler } from "../provider/measurement.ts";
import { programPlace } from "../provider/program.ts";
import type { Bench } from "./bench.ts";
import { ByHand, handCommand } from "./by-hand.ts";
import { type BenchPlace, withHosts } from "./hosts.ts";

const repetitions = 10;
const blocks = 20;
const goalSeconds = 1;
const directory = fileURLToPath(new URL("../test/fixtures/program", import.meta.url));

const since = (start: number): number => (performance.now() - start) / 1000;

async function byHand(place: BenchPlace, program: string): Promise<number> {
  const start = performance.now();
  const hand = await ByHand.start(handCommand(place, { program }));
  await hand.ask({ command: "start", options: {} });
  for (let block = 0; block < blocks; block += 1) {
    await hand.ask({ command: "block", series: "hashing", block, steps: 1 });
  }
  await hand.ask({ command: "stop" });
  await hand.end();
  return since(start);
}

/** What a whole session on bare metal costs more than the same program with the same commands by hand. */
export const sessionOverhead: Bench = {
  name: "session-overhead",
  title: "time that underlay adds to a session: launch, protocol, record",
  goal: `≤ ${String(goalSeconds)} s`,
  unit: "s",
  run: (progress) =>
    withHosts(progress, async (place) => {
      const hosts = [await place.host("process")];
      const series = [{ name: "hashing", blocksPerRound: blocks, steps: 1 }];
      const inputs = measurementInputsSchema.parse({
        name: "session-overhead",
        runId: place.runId,
        hosts,
        baseline: "bare-metal",
        recordDirectory: place.directory,
        plan: {
          ...{
            workload: "hashing",
            profile: "bench",
            directory,
            command: ["python3", "{program}/main.py"],
            options: {},
          },
          ...{ schedule: { seed: 1, rounds: 1, series }, answerTimeoutSec: 60 },
        },
      });
      // The first one ships the program, which is then there to be run by hand too.
      await measurementHandler.create(inputs, place.operation);
      const added: number[] = [];
      for (let repetition = 0; repetition < repetitions; repetition += 1) {
        const hand = await byHand(place, programPlace(inputs, "bare-metal"));
        const start = performance.now();
        await measurementHandler.create(inputs, place.operation);
        added.push(since(start) - hand);
        progress(`repetition ${String(repetition + 1)} of ${String(repetitions)}: ${(added.at(-1) ?? 0).toFixed(3)} s`);
      }
      const value = mean(added) ?? Number.NaN;
      return { value, n: repetitions, interval: meanInterval(added).value, pass: value <= goalSeconds };
    }),
};
