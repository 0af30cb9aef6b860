import { z } from "zod";
import { quantile } from "../measure/statistics.ts";
import { readMachine } from "../provider/machine.ts";
import { executeInRoot } from "../provider/root-program.ts";
import type { Bench } from "./bench.ts";
import { Client, idleFunction, withFunctions } from "./functions.ts";

const goal = { p50Ms: 1.5, p99Ms: 5 };
const requests = { discarded: 300, counted: 3000 };

/** Calls the function as anybody would, and prints how long each call took, in ms. */
const inProcess = `
import json, sys, time
sys.path.insert(0, "/data/task")
from handler import handler
class Context:
    aws_request_id = "in-process"
    def get_remaining_time_in_millis(self): return 1000
times = []
for _ in range(int(sys.argv[1])):
    start = time.perf_counter()
    handler({"requestContext": {"http": {"method": "GET"}}}, Context())
    times.append((time.perf_counter() - start) * 1000)
print(json.dumps(times))
`;

/** What the front adds to a warm request of a function that does nothing. */
export const functionLatency: Bench = {
  name: "function-latency",
  title: "latency of a warm request − the same handler called in process, p50 (p99 in the detail)",
  goal: `p50 ≤ ${String(goal.p50Ms)} ms, p99 ≤ ${String(goal.p99Ms)} ms`,
  unit: "ms",
  run: (progress) =>
    withFunctions(async (lab) => {
      const argv = ["python3", "-S", "-c", inProcess, String(requests.counted)];
      const seen = [{ source: idleFunction, target: "/data/task" }];
      const output = await executeInRoot(readMachine(), argv, seen, { timeoutSec: 60 });
      const alone = z.array(z.number()).parse(JSON.parse(output));
      const front = await lab.start({ package: lab.pack(idleFunction), maximumInstances: 1 });
      const client = new Client(front);
      const through: number[] = [];
      for (let index = 0; index < requests.discarded + requests.counted; index += 1) {
        const { ms } = await client.ask();
        if (index >= requests.discarded) {
          through.push(ms);
        }
      }
      client.end();
      const added = (p: number): number => quantile(through, p) - quantile(alone, p);
      const [p50Ms, p99Ms] = [added(0.5), added(0.99)];
      progress(`added: p50 ${p50Ms.toFixed(3)} ms, p90 ${added(0.9).toFixed(3)} ms, p99 ${p99Ms.toFixed(3)} ms`);
      const pass = p50Ms <= goal.p50Ms && p99Ms <= goal.p99Ms;
      const detail = { p50Ms, p90Ms: added(0.9), p99Ms, aloneP50Ms: quantile(alone, 0.5) };
      return { value: p50Ms, n: requests.counted, interval: null, pass, detail };
    }),
};
