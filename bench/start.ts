import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../cli/version.ts";
import { UnderlayError } from "../measure/error.ts";
import { runProcesses } from "../provider/processes.ts";
import type { Bench, Measured, Progress } from "./bench.ts";

const warmGoalMinutes = 6;
const residentGoalGiB = 12;
const coldGoalMinutes = 15;
const sampleIntervalMs = 2000;

/** Proportional set size of all sandboxes and sessions together, in GiB: memory that several share counts once. */
function residentGiB(): number {
  const kibibytes = runProcesses().map(({ pid }) => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0; // It ended meanwhile.
    }
  });
  return kibibytes.reduce((sum, one) => sum + one, 0) / 1024 / 1024;
}

async function npmStart(env: NodeJS.ProcessEnv, progress: Progress): Promise<{ minutes: number; peakGiB: number }> {
  const out = mkdtempSync(join(tmpdir(), "underlay-start-"));
  const from = performance.now();
  const child: ChildProcess = spawn("npm", ["start", "--", "--out", out], {
    cwd: projectRoot,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let last = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (data: Buffer) => {
      last = data.toString().trim().split("\n").at(-1) ?? last;
      progress(last);
    });
  }
  let peakGiB = 0;
  const sampling = setInterval(() => {
    peakGiB = Math.max(peakGiB, residentGiB());
  }, sampleIntervalMs);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) {
      throw new UnderlayError("start-failed", `npm start ended with ${String(code)}: ${last}`);
    }
    return { minutes: (performance.now() - from) / 60_000, peakGiB };
  } finally {
    clearInterval(sampling);
    rmSync(out, { recursive: true, force: true });
  }
}

/** The main job from `npm start` to its end, everything cached. */
export const startWarm: Bench = {
  name: "start-warm",
  title: "`npm start`, everything cached, and the memory of all four environments together",
  goal: `≤ ${String(warmGoalMinutes)} min, ≤ ${String(residentGoalGiB)} GiB`,
  unit: "min",
  run: async (progress): Promise<Measured> => {
    const { minutes, peakGiB } = await npmStart(process.env, progress);
    const pass = minutes <= warmGoalMinutes && peakGiB <= residentGoalGiB;
    return { value: minutes, n: 1, interval: null, pass, detail: { peakResidentGiB: peakGiB } };
  },
};

/** The main job on a machine that has its system packages and nothing else: every cache of ours and of Go's is empty. */
export const startCold: Bench = {
  name: "start-cold",
  title: "`npm start` with empty caches, Pulumi built if it cannot be downloaded",
  goal: `≤ ${String(coldGoalMinutes)} min`,
  unit: "min",
  run: async (progress): Promise<Measured> => {
    const place = mkdtempSync(join(tmpdir(), "underlay-cold-"));
    const folder = (name: string): string => join(place, name);
    const env = {
      ...process.env,
      XDG_CACHE_HOME: folder("cache"),
      GOCACHE: folder("go"),
      GOMODCACHE: folder("modules"),
      GOFLAGS: "-modcacherw",
    };
    try {
      const { minutes, peakGiB } = await npmStart(env, progress);
      return {
        value: minutes,
        n: 1,
        interval: null,
        pass: minutes <= coldGoalMinutes,
        detail: { peakResidentGiB: peakGiB },
      };
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  },
};
