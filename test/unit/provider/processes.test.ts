import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import {
  childOf,
  endProcesses,
  identify,
  isAlive,
  type ProcessIdentity,
  runProcesses,
  startTimeOf,
} from "../../../provider/processes.ts";
import { freshRunId } from "../../support/machine-file.ts";
import { until } from "../../support/until.ts";

const started: ChildProcess[] = [];

function start(argv: readonly string[], env: Record<string, string> = {}): ChildProcess & { pid: number } {
  const [file = "", ...rest] = argv;
  const child = spawn(file, rest, { detached: true, stdio: "ignore", env: { PATH: "/usr/bin:/bin", ...env } });
  started.push(child);
  return child as ChildProcess & { pid: number };
}

/** Ends a process that was started, with its children. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (thrown) {
    expect(thrown).to.have.property("code", "ESRCH"); // All of it has ended.
  }
}

function identityOf(pid: number): ProcessIdentity {
  const identity = identify(pid);
  expect(identity).not.to.equal(null);
  return identity!;
}

describe("processes", () => {
  afterEach(() => {
    for (const { pid } of started.splice(0)) {
      endGroup(pid ?? 0);
    }
  });

  it("are told apart by id and start time", () => {
    const own = identityOf(process.pid);
    expect(own.startTime).to.match(/^\d+$/);
    expect(isAlive(own)).to.equal(true);
    // The same id, given to another process later on.
    expect(isAlive({ ...own, startTime: String(Number(own.startTime) + 1) })).to.equal(false);
  });

  it("have an identity whatever their name is", async () => {
    const child = start(["bash", "-c", 'printf "a) b" > /proc/$$/comm; sleep 60; :']);
    await until(() => readFileSync(`/proc/${String(child.pid)}/comm`, "utf8") === "a) b\n");
    expect(startTimeOf(child.pid)).to.match(/^\d+$/);
  });

  it("have none when there is no such process", async () => {
    const child = start(["true"]);
    await once(child, "exit");
    expect(identify(child.pid)).to.equal(null);
  });

  it("have none as zombies, which nobody can end", async () => {
    // The shell becomes a program that never waits for the child that it was left.
    const parent = start(["sh", "-c", "sleep 0.05 & exec sleep 60"]);
    const child = await childOf(parent.pid, 5);
    expect(child).to.be.a("number");
    await until(() => readFileSync(`/proc/${String(child)}/stat`, "utf8").includes(") Z "));
    expect(startTimeOf(child!)).to.equal(null);
  });

  it("have a child, which is waited for", async () => {
    const parent = start(["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 60; :"]);
    const child = await childOf(parent.pid, 5);
    expect(identityOf(child!).pid).not.to.equal(parent.pid);
  });

  it("have no child when none comes in time", async () => {
    expect(await childOf(start(["sleep", "60"]).pid, 0.1)).to.equal(null);
  });

  it("of a run are found by what they carry in their environment", async () => {
    const runId = freshRunId();
    const child = start(["sleep", "61"], { UNDERLAY_RUN: runId, UNDERLAY_OWNER: "vm-sandbox" });
    start(["sleep", "62"], { UNDERLAY_RUN: freshRunId() });
    start(["sleep", "63"]);
    await sleep(50);
    expect(runProcesses().filter((found) => found.runId === runId)).to.deep.equal([
      { ...identityOf(child.pid), runId, owner: "vm-sandbox", command: "sleep 61" },
    ]);
  });

  it("of a run are found with their children", async () => {
    const runId = freshRunId();
    const found = () => runProcesses().filter((entry) => entry.runId === runId);
    start(["sh", "-c", "sleep 61; :"], { UNDERLAY_RUN: runId });
    await until(() => found().some(({ command }) => command === "sleep 61"));
    expect(
      found()
        .map(({ command }) => command)
        .sort(),
    ).to.deep.equal(["sh -c sleep 61; :", "sleep 61"]);
    expect(found().map(({ owner }) => owner)).to.deep.equal(["", ""]);
  });

  it("are ended for good, those that ignore signals too, and waited for", async () => {
    const children = [start(["sleep", "60"]), start(["sh", "-c", "trap '' TERM INT; sleep 60; :"])];
    await sleep(100);
    const identities = children.map(({ pid }) => identityOf(pid));
    expect(await endProcesses(identities)).to.deep.equal([]);
    expect(identities.some(isAlive)).to.equal(false);
  });

  it("are not ended in place of earlier ones with the same id", async () => {
    const child = start(["sleep", "60"]);
    const identity = identityOf(child.pid);
    expect(await endProcesses([{ ...identity, startTime: "1" }])).to.deep.equal([]);
    expect(isAlive(identity)).to.equal(true);
  });
});
