import { pairedRatio } from "../measure/interval.ts";
import { executeAt, identityVariables } from "../provider/execute.ts";
import type { Bench } from "./bench.ts";
import { type BenchHost, type BenchPlace, withHosts } from "./hosts.ts";

const pairs = 5;
const goal = 2;
const script = "import time; t = time.perf_counter(); import tensorflow; print(time.perf_counter() - t)";

async function importSeconds(place: BenchPlace, host: BenchHost): Promise<number> {
  const env = identityVariables(place.runId, host.environment);
  return Number(await executeAt(host.connection, ["python3", "-c", script], { timeoutSec: 300, env }));
}

/** Time that TensorFlow's import takes inside the guest against the host, both with warm caches. */
export const guestImport: Bench = {
  name: "guest-import",
  title: "TensorFlow import inside the VM ÷ on the host",
  goal: `≤ ${String(goal)} ×`,
  unit: "ratio",
  run: (progress) =>
    withHosts(progress, async (place) => {
      const [host, guest] = [await place.host("process"), await place.host("vm")];
      const first = { host: await importSeconds(place, host), guest: await importSeconds(place, guest) };
      const logRatios: number[] = [];
      const seconds: { host: number; guest: number }[] = [];
      for (let pair = 0; pair < pairs; pair += 1) {
        const times = { host: await importSeconds(place, host), guest: await importSeconds(place, guest) };
        progress(
          `pair ${String(pair + 1)} of ${String(pairs)}: host ${times.host.toFixed(2)} s, guest ${times.guest.toFixed(2)} s`,
        );
        seconds.push(times);
        logRatios.push(Math.log(times.guest / times.host));
      }
      const { ratio, interval } = pairedRatio(logRatios, "pairs");
      const value = ratio ?? Number.NaN;
      return { value, n: pairs, interval: interval.value, pass: value <= goal, detail: { first, seconds } };
    }),
};
