import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { messageOf } from "../measure/error.ts";
import { quantile } from "../measure/statistics.ts";
import { cacheDirectory } from "../provider/machine.ts";
import { makeRunId } from "../provider/run.ts";
import { Session } from "../provider/session.ts";
import { servingPlan } from "../workloads/index.ts";
import type { Bench, Progress } from "./bench.ts";

const rates = [100, 1000, 3000];
const sleepsMs = [1, 5, 20];
/** Rate at which latencies are held against the server's own: enough in three seconds for a p99. */
const latencyRate = 200;
const secondsEach = 3;
const goal = { rateShare: 0.005, errorMs: 0.5 };
const loadgen = "mlcommons-loadgen==6.0.17";
/** Connections of the independent generator. */
const connections = 32;

interface Case {
  readonly sleepMs: number;
  readonly rate: number;
  readonly rateError: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Measured less what the server says that it took. */
  readonly p50ErrorMs: number;
  readonly p99ErrorMs: number;
  readonly latenessP99Ms: number;
  readonly failed: number;
}

/** A server that sleeps, for as long as `work` lasts. */
async function withServer<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL("sleeping-server.mjs", import.meta.url))],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const ended = once(server, "exit");
  try {
    const lines = server.stdout === null ? [] : createInterface({ input: server.stdout });
    for await (const line of lines) return await work(Number(line));
    throw new Error("the server ended before it listened");
  } finally {
    server.kill();
    await ended;
  }
}

/** One phase of a session of its own. */
async function play(port: number, sleepMs: number, rate: number): Promise<Case> {
  const phase = { kind: "constant", ratePerSec: rate } as const;
  const by = { url: `http://127.0.0.1:${String(port)}/?ms=${String(sleepMs)}`, eviction: null, reports: null };
  const { command, directory, options } = servingPlan({ series: ["constant"], ratePerSec: rate }, by);
  const session = Session.open({
    connection: { hops: [] },
    command: command.map((word) => word.replaceAll("{program}", directory)),
    runId: makeRunId(),
    owner: "load-generator",
    answerTimeoutSec: 60,
  });
  try {
    await session.start({ ...options, series: { first: phase, constant: phase } });
    // The first phase opens connections and has the code compiled.
    await session.block("first", 0, rate);
    const { event } = await session.block("constant", 0, rate * secondsEach);
    await session.stop();
    const own = (event.samples?.["service"] ?? []).filter((value) => value !== null);
    const at = (values: readonly number[], p: number): number => 1000 * quantile(values, p);
    const [p50Ms, p99Ms] = [at(event.steps, 0.5), at(event.steps, 0.99)];
    return {
      ...{ sleepMs, rate, p50Ms, p99Ms },
      rateError: (event.metrics["achievedRate"] ?? 0) / rate - 1,
      p50ErrorMs: p50Ms - at(own, 0.5),
      p99ErrorMs: p99Ms - at(own, 0.99),
      latenessP99Ms: 1000 * (event.metrics["latenessP99"] ?? 0),
      failed: (event.counts?.["failed"] ?? 0) + (event.counts?.["throttled"] ?? 0),
    };
  } finally {
    await session.kill();
  }
}

/** LoadGen of MLCommons, made once, on the same server; or why it could not be had. */
async function independent(port: number, progress: Progress): Promise<unknown> {
  const folder = join(cacheDirectory(), "bench", loadgen.replace("==", "-"));
  const python = join(folder, "bin", "python");
  const program = fileURLToPath(new URL("mlperf-client.py", import.meta.url));
  try {
    if (!existsSync(python)) {
      progress(`installing ${loadgen}`);
      await execa("python3", ["-m", "venv", folder]);
      await execa(python, ["-m", "pip", "install", "--quiet", loadgen]);
    }
    const all: unknown[] = [];
    for (const sleepMs of sleepsMs) {
      const words = [port, sleepMs, latencyRate, secondsEach, connections].map(String);
      const { stdout } = await execa(python, [program, ...words], { timeout: 60_000 });
      progress(`${loadgen}, ${String(sleepMs)} ms: ${stdout.split("\n").at(-1) ?? ""}`);
      all.push({ sleepMs, rate: latencyRate, ...(JSON.parse(stdout.split("\n").at(-1) ?? "{}") as object) });
    }
    return all;
  } catch (thrown) {
    return { missing: messageOf(thrown) };
  }
}

/** How well the load generator keeps its rate, and how far its latencies are off. */
export const loadGenerator: Bench = {
  name: "load-generator",
  title: "load generator: rate on a server that answers at once, latency on one that sleeps 1, 5 and 20 ms",
  goal: `rate within ${String(goal.rateShare * 100)} %, p50 and p99 off by ≤ ${String(goal.errorMs)} ms`,
  unit: "ms",
  run: (progress) =>
    withServer(async (port) => {
      const cases: Case[] = [];
      const wanted = [
        ...rates.map((rate) => ({ sleepMs: 0, rate })),
        ...sleepsMs.map((sleepMs) => ({ sleepMs, rate: latencyRate })),
      ];
      for (const { sleepMs, rate } of wanted) {
        const played = await play(port, sleepMs, rate);
        const digits = (value: number): string => value.toFixed(3);
        progress(
          `${String(sleepMs)} ms at ${String(rate)}/s: rate ${(100 * played.rateError).toFixed(3)} %, p50 ` +
            `${digits(played.p50Ms)} ms (${digits(played.p50ErrorMs)} off), p99 ${digits(played.p99Ms)} ms ` +
            `(${digits(played.p99ErrorMs)} off), sent late p99 ${digits(played.latenessP99Ms)} ms`,
        );
        cases.push(played);
      }
      const beside = await independent(port, progress);
      const slept = cases.filter(({ sleepMs }) => sleepMs > 0);
      const errors = slept.flatMap(({ p50ErrorMs, p99ErrorMs }) => [Math.abs(p50ErrorMs), Math.abs(p99ErrorMs)]);
      const value = Math.max(...errors);
      const pass =
        value <= goal.errorMs &&
        cases.every(({ rateError, failed }) => Math.abs(rateError) <= goal.rateShare && failed === 0);
      return { value, n: slept.length, interval: null, pass, detail: { cases, independent: beside } };
    }),
};
