/** A server of the tests' own that keeps an endpoint's contract over real HTTP, without a model behind it. */
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { formatReport } from "../../measure/function-report.ts";

export interface FunctionServerOptions {
  /** Time of a prediction, in ms. */
  readonly predictionMs?: number;
  /** Time of a start, in ms. */
  readonly startMs?: number;
  /** Requests at the same time beyond which it answers 429. */
  readonly maximumInstances?: number;
  /** Status of every n-th request instead of an answer. */
  readonly failing?: { readonly every: number; readonly status: number };
}

export interface FunctionServer {
  readonly url: string;
  readonly socket: string;
  readonly log: string;
  /** Requests that came. */
  readonly count: () => number;
  close(): Promise<void>;
}

const listen = (server: Server, where: object): Promise<void> =>
  new Promise((resolve) => {
    server.listen(where, resolve);
  });

/** Starts one; its instances are numbers of how many are idle. */
export async function functionServer(options: FunctionServerOptions = {}): Promise<FunctionServer> {
  const { predictionMs = 2, startMs = 20, maximumInstances = 1000, failing } = options;
  const folder = mkdtempSync(join(tmpdir(), "underlay-function-"));
  const [socket, log] = [join(folder, "control"), join(folder, "log")];
  writeFileSync(log, "");
  let [idle, busy, count] = [0, 0, 0];
  const serve = async (): Promise<[number, object]> => {
    count += 1;
    if (busy >= maximumInstances) return [429, { message: "Too Many Requests" }];
    const coldStart = idle === 0;
    idle = Math.max(0, idle - 1);
    busy += 1;
    const requestId = randomUUID();
    await sleep((coldStart ? startMs : 0) + predictionMs);
    busy -= 1;
    idle += 1;
    if (failing !== undefined && count % failing.every === 0) return [failing.status, { message: "no" }];
    const durationMs = predictionMs + 0.4;
    const report = {
      ...{ requestId, durationMs, billedDurationMs: Math.ceil(durationMs), memorySizeMiB: 512, maxMemoryUsedMiB: 85 },
      ...{ initDurationMs: coldStart ? startMs : null, sandboxDurationMs: null, status: null, errorType: null },
    };
    appendFileSync(log, `START RequestId: ${requestId}\n${formatReport(report)}\n`);
    const timings = { runtimeStart: 0.01, imports: 0.2, modelLoad: 0.1, firstPrediction: 0.03 };
    return [
      200,
      {
        prediction: { class: 1, probability: 0.5, meaningful: false },
        ...{ model: "squeezenet-1.0", coldStart, requestId },
        timings: { ...timings, prediction: predictionMs / 1000 },
      },
    ];
  };
  const front = createServer((request, response) => {
    request.resume();
    void serve().then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  const control = createServer((request, response) => {
    request.resume();
    const known = request.method === "POST" && request.url === "/evict";
    response.writeHead(known ? 200 : 404).end(JSON.stringify({ evicted: idle }));
    idle = known ? 0 : idle;
  });
  await listen(front, { host: "127.0.0.1", port: 0 });
  await listen(control, { path: socket });
  return {
    url: `http://127.0.0.1:${String((front.address() as AddressInfo).port)}`,
    ...{ socket, log, count: () => count },
    close: async () => {
      for (const server of [front, control]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
