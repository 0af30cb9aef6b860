import { programPlace, shipProgram } from "../provider/program.ts";
import { Session } from "../provider/session.ts";
import { trainingPlan } from "../workloads/index.ts";
import type { Bench } from "./bench.ts";
import { ByHand, handCommand } from "./by-hand.ts";
import { withHosts } from "./hosts.ts";
import { fidelityOf, playPairs, rateOf } from "./pairs.ts";

const pairs = 60;
const tolerance = 0.01;

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
      const owner = { runId: place.runId, name: "fidelity" };
      const program = programPlace(owner, "bare-metal");
      await shipProgram(directory, connection, owner, program, place.operation.signal);
      const hand = await ByHand.start(handCommand(place, { program }));
      const session = Session.open({
        connection,
        command: ["python3", `${program}/main.py`],
        runId: owner.runId,
        owner: owner.name,
        answerTimeoutSec: 300,
      });
      try {
        await hand.ask({ command: "start", options });
        await session.start(options);
        const byHand = async (block: number): Promise<number> =>
          rateOf([await hand.ask({ command: "block", series: "synthetic", block, steps: 1 })]);
        const through = async (block: number): Promise<number> =>
          rateOf([(await session.block("synthetic", block, 1)).event]);
        const ratios = await playPairs(pairs, byHand, through, progress);
        await hand.ask({ command: "stop" });
        await session.stop();
        return fidelityOf([ratios], tolerance);
      } finally {
        await session.kill();
        await hand.end();
      }
    }),
};
