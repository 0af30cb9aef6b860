import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { quantile } from "../measure/statistics.ts";
import { execute } from "../provider/execute.ts";
import { readMachine, required } from "../provider/machine.ts";
import { endProcesses, processesWith } from "../provider/processes.ts";
import { indexEnvironment } from "../provider/python-lock.ts";
import { modelServicePrograms } from "../workloads/index.ts";
import type { Bench } from "./bench.ts";

/** Requests of a block, blocks of each server in turn, and requests before the first one. */
const load = { block: 250, blocks: 8, discarded: 300 };
const ports = { ours: 18_431, bentoml: 18_432 };
const requirements = [
  ...["bentoml==1.4.40", "onnxruntime==1.24.4", "onnx==1.21.0", "numpy>=2", "pillow>=12"],
  ...["flask>=3,<4", "gunicorn>=23", "prometheus-client>=0.20,<1"],
];
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const description = {
  ...{ schemaVersion: 1, name: "pictures", version: "0123456789ab", outputs: [], batching: null },
  entry: { kind: "model", format: "onnx", path: "model.onnx" },
  inputs: [{ name: "picture", type: "float32", shape: [null, 784] }],
  limits: { bodyBytes: 1_000_000, predictSec: 30, instances: 256, waiting: 64 },
  image: { scale: 1, mean: [], deviation: [] },
};

/** Python with both servers, in a folder of the bench's own. */
async function install(folder: string): Promise<string> {
  const machine = readMachine();
  const uv = required(machine, "uv", machine.uv).command;
  const base = required(machine, "python", machine.python).command;
  const python = join(folder, "venv", "bin", "python");
  await execute([uv, "venv", "--quiet", "--python", base, join(folder, "venv")], { timeoutSec: 120 });
  const options = ["--quiet", "--only-binary", ":all:", "--python", python];
  await execute([uv, "pip", "install", ...options, ...requirements], { timeoutSec: 600, env: indexEnvironment() });
  return python;
}

/** Lays out what a container of the service has. */
function writeService(folder: string): void {
  const server = join(modelServicePrograms, "model_server");
  cpSync(server, join(folder, "model_server"), { recursive: true });
  cpSync(join(server, "models", "onnx_model.py"), join(folder, "model_server", "model.py"));
  writeFileSync(join(folder, "service.json"), JSON.stringify(description));
}

function start(argv: readonly [string, ...string[]], folder: string, env: Readonly<Record<string, string>>): void {
  const log = openSync(join(folder, "servers.log"), "a");
  const own = { PATH: process.env["PATH"] ?? "", HOME: folder, BENTOML_DO_NOT_TRACK: "True" };
  const [file, ...args] = argv;
  spawn(file, args, { cwd: folder, env: { ...own, ...env }, stdio: ["ignore", log, log], detached: true });
}

async function untilReady(port: number, folder: string): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(200)) {
    const ready = await new Promise<boolean>((resolve) => {
      get({ port, path: "/readyz" }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      }).once("error", () => {
        resolve(false);
      });
    });
    if (ready) return;
  }
  throw new UnderlayError(
    "server-silent",
    "A server did not come.",
    readFileSync(join(folder, "servers.log"), "utf8").slice(-800),
  );
}

/** Asks once, over a connection that is kept; returns ms. */
function ask(port: number, agent: Agent, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    request({ port, path: "/predict", method: "POST", agent, headers }, (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - started);
        else
          reject(new UnderlayError("request-failed", `Port ${String(port)} answered ${String(response.statusCode)}.`));
      });
    })
      .once("error", reject)
      .end(body);
  });
}

async function measure(progress: (line: string) => void) {
  const body = JSON.stringify({ instances: [Array.from({ length: 784 }, (_, index) => (index % 256) / 256)] });
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const times: Record<keyof typeof ports, number[]> = { ours: [], bentoml: [] };
  const names = ["ours", "bentoml"] as const;
  for (const name of names) {
    for (let index = 0; index < load.discarded; index += 1) await ask(ports[name], agent, body);
  }
  for (let block = 0; block < load.blocks; block += 1) {
    for (const name of block % 2 === 0 ? names : names.toReversed()) {
      for (let index = 0; index < load.block; index += 1) times[name].push(await ask(ports[name], agent, body));
    }
    progress(`block ${String(block + 1)} of ${String(load.blocks)}`);
  }
  agent.destroy();
  return times;
}

/** What serving adds to a prediction, beside BentoML with the same model. */
export const servingLatency: Bench = {
  name: "serving-latency",
  title:
    "latency that serving adds to a prediction in process, p50 at concurrency 1 ÷ that of BentoML, same ONNX model",
  goal: "≤ 1",
  unit: "ratio",
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-serving-latency-"));
    try {
      progress("installing both servers");
      const python = await install(folder);
      mkdirSync(join(folder, "source"));
      writeService(folder);
      const model = join(folder, "source", "model.onnx");
      const output = await execute([python, here("serving-latency.py"), model, "3000"], { timeoutSec: 120 });
      const alone = quantile(z.array(z.number()).parse(JSON.parse(output)), 0.5);
      cpSync(here("bento_service.py"), join(folder, "bento_service.py"));
      const port = String(ports.bentoml);
      start([python, "-m", "model_server"], folder, { UNDERLAY_PORT: String(ports.ours) });
      start([python, "-m", "bentoml", "serve", "bento_service:Pictures", "--port", port], folder, {
        BENCH_MODEL: model,
      });
      await Promise.all([untilReady(ports.ours, folder), untilReady(ports.bentoml, folder)]);
      const times = await measure(progress);
      const added = (name: keyof typeof ports, p: number): number => quantile(times[name], p) - alone;
      const value = added("ours", 0.5) / added("bentoml", 0.5);
      const detail = {
        ...{ aloneP50Ms: alone, oursP50Ms: added("ours", 0.5), bentomlP50Ms: added("bentoml", 0.5) },
        ...{ oursP99Ms: added("ours", 0.99), bentomlP99Ms: added("bentoml", 0.99), requirements },
      };
      progress(`added p50: ${detail.oursP50Ms.toFixed(2)} ms, BentoML ${detail.bentomlP50Ms.toFixed(2)} ms`);
      return { value, n: times.ours.length, interval: null, pass: value <= 1, detail };
    } finally {
      // Workers of BentoML lead sessions of their own: all of it is told by the home that only this bench gives.
      await endProcesses(processesWith("HOME").filter(({ environment }) => environment.get("HOME") === folder));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
