import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { makeMemoryGroup } from "../../../provider/cgroup.ts";
import { findLeftovers, type Leftover, removeLeftovers, sharedName } from "../../../provider/leftovers.ts";
import { identify } from "../../../provider/processes.ts";
import { clearRun } from "../../../provider/run.ts";
import { runDirectory, sandboxDirectory } from "../../../provider/run-directory.ts";
import { freshRunId, TemporaryHomes } from "../../support/machine-file.ts";
import { skip } from "../../support/skip.ts";

describe("leftovers", () => {
  let homes: TemporaryHomes;
  let runId: string;
  const made: string[] = [];

  async function startProcess(env: Record<string, string>): Promise<number> {
    const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore", env: { PATH: "/usr/bin:/bin", ...env } });
    child.unref();
    await sleep(50);
    return child.pid ?? 0;
  }

  function makeTemporary(name: string): string {
    const folder = path.join("/tmp", name);
    mkdirSync(folder);
    writeFileSync(path.join(folder, "file"), "content");
    made.push(folder);
    return folder;
  }

  const own = async (): Promise<Leftover[]> => (await findLeftovers(null)).filter((found) => found.runId === runId);

  beforeEach(() => {
    homes = new TemporaryHomes();
    runId = freshRunId();
  });
  afterEach(async () => {
    await removeLeftovers(await own(), null);
    for (const folder of made.splice(0)) {
      rmSync(folder, { recursive: true, force: true });
    }
    homes.restore();
  });

  it("of a run are its processes, folders and what it left among the temporary files; all of them can be removed", async () => {
    const pid = await startProcess({ UNDERLAY_RUN: runId, UNDERLAY_OWNER: "vm-sandbox" });
    const temporary = makeTemporary(sharedName(runId, "vm-sandbox"));
    sandboxDirectory(runId, "vm-sandbox");
    const found = await own();
    expect(found).to.deep.equal([
      { kind: "process", runId, owner: "vm-sandbox", name: String(pid), detail: "sleep 60" },
      { kind: "directory", runId, owner: "", name: runDirectory(runId), detail: "" },
      { kind: "directory", runId, owner: "vm-sandbox", name: temporary, detail: "" },
    ]);

    expect(await removeLeftovers(found, null)).to.deep.equal([]);
    expect(await own()).to.deep.equal([]);
    expect(identify(pid)).to.equal(null);
    expect([temporary, runDirectory(runId)].filter(existsSync)).to.deep.equal([]);
  });

  it("of a run are its control groups, removed with the processes in them", async function () {
    const group = makeMemoryGroup(sharedName(runId, "bare-metal-sandbox"), 64);
    if ("reason" in group) {
      skip(this, `this user cannot make control groups: ${group.reason}`);
    }
    const pid = await startProcess({});
    writeFileSync(path.join(group.directory, "cgroup.procs"), String(pid));
    const found = await own();
    expect(found).to.deep.equal([
      { kind: "control group", runId, owner: "bare-metal-sandbox", name: group.directory, detail: "1 processes" },
    ]);
    expect(await removeLeftovers(found, null)).to.deep.equal([]);
    expect(identify(pid)).to.equal(null);
    expect(existsSync(group.directory)).to.equal(false);
  });

  it("are not what has a similar name", async () => {
    const rest = freshRunId();
    const names = [
      `underlay-report-${rest}`,
      `underlay-r12-${rest}`,
      `other-${runId}-x`,
      `underlay-${runId}x-y`,
      `underlay-${runId}`,
    ];
    const folders = names.map(makeTemporary);
    mkdirSync(path.join(path.dirname(runDirectory(runId)), "notes"), { recursive: true });
    const found = (await findLeftovers(null)).map(({ name }) => name);
    expect(found.filter((name) => folders.includes(name))).to.deep.equal([]);
    expect(found.filter((name) => name.endsWith("notes"))).to.deep.equal([]);
  });

  it("that are processes are not removed once their id is another's", async () => {
    const pid = await startProcess({ UNDERLAY_RUN: runId });
    const other: Leftover = { kind: "process", runId: freshRunId(), owner: "", name: String(pid), detail: "" };
    expect(await removeLeftovers([other], null)).to.deep.equal([]);
    expect(identify(pid)).not.to.equal(null);
  });

  it("that cannot be removed are given back with the reason", async () => {
    const leftover: Leftover = {
      kind: "network namespace",
      runId,
      owner: "x",
      name: sharedName(runId, "x"),
      detail: "",
    };
    const [stuck, ...more] = await removeLeftovers([leftover], null);
    expect(more).to.deep.equal([]);
    expect(stuck).to.include({ ...leftover, detail: stuck?.detail });
    expect(stuck?.detail).to.match(/ip netns delete .* ended with/);
  });

  it("of a run are cleared all at once; its folder is no finding, but goes too", async () => {
    const pid = await startProcess({ UNDERLAY_RUN: runId, UNDERLAY_OWNER: "training" });
    const temporary = makeTemporary(sharedName(runId, "training"));
    sandboxDirectory(runId, "vm-sandbox");
    const { found, stuck } = await clearRun(runId);
    expect(found.map(({ kind, name }) => [kind, name])).to.deep.equal([
      ["process", String(pid)],
      ["directory", temporary],
    ]);
    expect(stuck).to.deep.equal([]);
    expect(existsSync(runDirectory(runId))).to.equal(false);
    expect(await own()).to.deep.equal([]);
  });

  it("of other runs stay where they are", async () => {
    const other = freshRunId();
    const temporary = makeTemporary(sharedName(other, "x"));
    await clearRun(runId);
    expect(existsSync(temporary)).to.equal(true);
  });
});
