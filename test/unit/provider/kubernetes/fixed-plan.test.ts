import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  fixedCommands,
  marks,
  queuedCommand,
  queuedPlaces,
  readQueuedLog,
  recordOfLog,
} from "../../../../provider/kubernetes/fixed-plan.ts";
import { queuedFiles } from "../../../../provider/kubernetes/queued-files.ts";
import type { Plan } from "../../../../provider/resources.ts";

const environment = "container-on-bare-metal";
const plan: Plan = {
  workload: "hashing",
  profile: "test",
  directory: fileURLToPath(new URL("../../../fixtures/program", import.meta.url)),
  command: ["python3", "{program}/main.py"],
  options: {},
  schedule: { seed: 3, rounds: 2, series: [{ name: "hashing", blocksPerRound: 3, steps: 2 }] },
  answerTimeoutSec: 20,
};
const commands = fixedCommands(plan, environment);

/** What the runtime's log of a pod says when its lines are those, a tenth of a second apart. */
function logOf(lines: readonly string[]): string {
  const at = (index: number): string => `2026-11-22T14:00:${(index / 10).toFixed(9).padStart(12, "0")}Z`;
  return lines.map((line, index) => `${at(index)} ${line}\n`).join("");
}

describe("a fixed plan", () => {
  it("tells the program all at once, for each launch", () => {
    expect(commands).to.have.lengthOf(2);
    for (const launch of commands) {
      expect(launch.map(({ command }) => command)).to.deep.equal(["start", "block", "block", "block", "stop"]);
    }
    expect(commands[0]?.[1]).to.deep.equal({ command: "block", series: "hashing", block: 0, steps: 2 });
  });

  it("gives words of the command to no shell", () => {
    const [shell, , script, , ...words] = queuedCommand(["python3", "{program}/main.py", '$(id); "']);
    expect(shell).to.equal("sh");
    expect(words).to.deep.equal(["python3", `${queuedPlaces.program}/main.py`, '$(id); "']);
    expect(script).to.not.include("id");
  });

  it("is carried out by the real program, whose log becomes a complete record", function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "queued-"));
    const { places, command } = queuedFiles(plan, environment);
    for (const [place, files] of Object.entries(places)) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(folder, place, path, ".."), { recursive: true });
        writeFileSync(join(folder, place, path), text);
      }
    }
    const [file = "", ...args] = command.map((word) => word.replaceAll("/underlay/", `${folder}/underlay/`));
    const { stdout, status } = spawnSync(file, args, { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(status).to.equal(0);
    const log = readQueuedLog(logOf(stdout.trim().split("\n")));
    expect(JSON.parse(log.facts ?? "")).to.include.keys("affinity", "cpuQuota", "kernelRelease");
    const lines = recordOfLog(environment, commands, log);
    expect(lines.map(({ type }) => type)).to.deep.equal(
      [0, 1].flatMap(() => ["launch", "block", "block", "block", "stop"]),
    );
  });

  const hello = '{"event":"hello","pid":7}';
  const ready = '{"event":"ready","parts":{"import":0.1},"facts":{}}';
  const block = (index: number): string =>
    `{"event":"block","series":"hashing","block":${String(index)},"items":80,"unit":"hashes","seconds":0.05,"steps":[0.02,0.03],"metrics":{}}`;
  const stopped = '{"event":"stopped","peakMemoryMiB":12.5}';

  it("has times from the node's clock, and logs apart from events", () => {
    const said = [marks.facts, "{}", marks.launch, hello, "a log line", ready, block(0), block(1), block(2), stopped];
    const lines = recordOfLog(environment, commands.slice(0, 1), readQueuedLog(logOf(said)));
    expect(lines.map(({ type }) => type)).to.deep.equal(["launch", "block", "block", "block", "stop"]);
    const [launch, first] = lines;
    expect(launch).to.deep.include({ type: "launch", round: 0, parts: { import: 0.1 } });
    const { seconds, startSeconds } = launch as { seconds: number; startSeconds: number };
    expect(seconds).to.be.closeTo(0.3, 1e-6);
    expect(startSeconds).to.be.closeTo(0.1, 1e-6);
    expect((first as { hostSeconds: number }).hostSeconds).to.be.closeTo(0.1, 1e-6);
  });

  it("that broke off is a failure with the program's last lines, told once", () => {
    const said = [marks.facts, "{}", marks.launch, hello, ready, block(0), "Killed"];
    const lines = recordOfLog(environment, commands, readQueuedLog(logOf(said)));
    expect(lines.map(({ type }) => type)).to.deep.equal(["launch", "block", "failure"]);
    expect(lines.at(-1)).to.include({ code: "session-died", round: 0 });
    expect((lines.at(-1) as { log: string[] }).log).to.deep.equal(["Killed"]);
  });

  it("keeps the program's own error", () => {
    const error = '{"event":"error","code":"out-of-memory","message":"no room"}';
    const said = [marks.facts, "{}", marks.launch, hello, error];
    const lines = recordOfLog(environment, commands.slice(0, 1), readQueuedLog(logOf(said)));
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include({ type: "failure", code: "out-of-memory", message: "no room" });
  });
});
