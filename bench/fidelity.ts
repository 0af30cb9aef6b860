import { z } from "zod";
import { pairedRatio } from "../measure/interval.ts";
import { identityVariables } from "../provider/execute.ts";
import { programPlace, shipProgram } from "../provider/program.ts";
import { Session } from "../provider/session.ts";
import { trainingPlan } from "../workloads/index.ts";
import type { Bench } from "./bench.ts";
import { ByHand, handCommand } from "./by-hand.ts";
import { withHosts } from "./hosts.ts";

const pairs = 60;
const tolerance = 0.01;
const blockSchema = z.looseObject({ items: z.number(), seconds: z.number() });
const rate = (event: unknown): number => {
  const { items, seconds } = blockSchema.parse(event);
  return items / seconds;
};

/** Throughput on bare metal through underlay against the same program run by hand, blocks interleaved. */
export const fidelity: Bench = {
  name: "fidelity",
  title: "throughput of bare-metal through underlay ÷ the same program run by hand",
  goal: "1.00 ± 0.01",
  unit: "ratio",
  run: (progress) =>
    withHosts(progress, async (place) => {
      const { connection } = await place.host("process");
      const { directory, options } = trainingPlan({ seed: 1 });
      const owner = "fidelity";
      await shipProgram(directory, connection, identityVariables(place.runId, owner), place.operation.signal);
      const hand = await ByHand.start(handCommand(place));
      const session = Session.open({
        connection,
        command: ["python3", `${programPlace}/main.py`],
        runId: place.runId,
        owner,
        answerTimeoutSec: 300,
      });
      try {
        await hand.ask({ command: "start", options });
        await session.start(options);
        const ratios: number[] = [];
        for (let block = 0; block < pairs; block += 1) {
          const byHand = async (): Promise<number> =>
            rate(await hand.ask({ command: "block", series: "synthetic", block, steps: 1 }));
          const through = async (): Promise<number> => rate((await session.block("synthetic", block, 1)).event);
          // Which one goes first changes from pair to pair: neither has the warmer machine.
          const first = block % 2 === 0 ? await byHand() : await through();
          const second = block % 2 === 0 ? await through() : await byHand();
          ratios.push(Math.log(block % 2 === 0 ? second / first : first / second));
          progress(`pair ${String(block + 1)} of ${String(pairs)}`);
        }
        await hand.ask({ command: "stop" });
        await session.stop();
        const { ratio, interval } = pairedRatio(ratios, "pairs");
        const bounds = interval.value;
        const holds = ratio !== null && bounds !== null && bounds.low <= 1 && bounds.high >= 1;
        return {
          value: ratio ?? Number.NaN,
          n: pairs,
          interval: bounds,
          pass: holds && Math.abs(ratio - 1) <= tolerance,
        };
      } finally {
        await session.kill();
        await hand.end();
      }
    }),
};
