import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../cli/version.ts";
import { UnderlayError } from "../measure/error.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { studyCells } from "../stacks/studies.ts";
import type { Bench, Measured, Progress } from "./bench.ts";

const name = "lin-2018";
const goalMinutes = 60;
/** How far the second cell has come when the study is killed. */
const secondsIntoCell = 60;

interface Study {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Lines that it printed on either stream. */
  readonly lines: string[];
}

function startStudy(out: string, env: NodeJS.ProcessEnv, progress: Progress): Study {
  const argv = [join("cli", "underlay.mjs"), "study", name, "--profile", "quick", "--out", out];
  const child = spawn(process.execPath, argv, { cwd: projectRoot, env, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      const said = data.toString().trim().split("\n").filter(Boolean);
      lines.push(...said);
      progress(said.at(-1) ?? "");
    });
  }
  return { child, lines, ended: once(child, "close").then(([code]) => code as number | null) };
}

/** Kills a study, as a crash would, in its second cell. */
async function killInSecondCell({ child, ended }: Study, first: string): Promise<void> {
  while (!existsSync(first)) {
    if (child.exitCode !== null) {
      throw new UnderlayError("study-failed", `The study ended with ${String(child.exitCode)} in its first cell.`);
    }
    await sleep(1000);
  }
  await sleep(secondsIntoCell * 1000);
  child.kill("SIGKILL");
  await ended;
}

/** The quick study of Lin 2018 from its start to its report, killed once on the way. */
export const studyQuick: Bench = {
  name: "study-quick",
  title: "`underlay study lin-2018 --profile quick`, killed in its second cell and gone on with, to its report",
  goal: `≤ ${String(goalMinutes)} min, resumed within one cell`,
  unit: "min",
  run: async (progress): Promise<Measured> => {
    const place = mkdtempSync(join(tmpdir(), "underlay-study-"));
    const out = join(place, "out");
    const env = { ...process.env, XDG_STATE_HOME: join(place, "state") };
    const folder = join(out, "study", name);
    const cells = studyCells(name, "quick").map(({ id }) => id);
    const first = join(folder, cells[0] ?? "", "cell.json");
    const from = performance.now();
    try {
      await killInSecondCell(startStudy(out, env, progress), first);
      const before = digestOfFile(first);
      const resumed = startStudy(out, env, progress);
      const code = await resumed.ended;
      const minutes = (performance.now() - from) / 60_000;
      if (code !== 0) {
        throw new UnderlayError(
          "study-failed",
          `The study ended with ${String(code)}.`,
          resumed.lines.slice(-5).join("\n"),
        );
      }
      const kept = resumed.lines.some((line) => line.includes(`${cells[0] ?? ""}: measured before`));
      const pass = minutes <= goalMinutes && kept && digestOfFile(first) === before;
      return { value: minutes, n: 1, interval: null, pass, detail: { cells: cells.length, kept } };
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  },
};
