import { expect } from "chai";
import { hasEnded, readQstat, readSacct, readScontrol } from "../../../../provider/batch/job-state.ts";

/** As Slurm 22.05 printed it of a job that ended with 3. */
const failed =
  "JobId=1 JobName=sbatch UserId=root(0) GroupId=root(0) MCS_label=N/A Priority=4294901759 Nice=0 Account=(null) " +
  "QOS=(null) JobState=FAILED Reason=NonZeroExitCode Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 " +
  "ExitCode=3:0 RunTime=00:00:00 TimeLimit=UNLIMITED TimeMin=N/A SubmitTime=2026-11-22T13:19:16 " +
  "EndTime=2026-11-22T13:19:17 Partition=main AllocNode:Sid=localhost:0 NodeList=localhost NumNodes=1 NumCPUs=1 " +
  "ReqB:S:C:T=0:0:*:* TRES=cpu=1,mem=2000M,node=1,billing=1 Socks/Node=* Command=(null) WorkDir=/tmp/two words " +
  "StdErr=/tmp/two words/o.txt StdIn=/dev/null StdOut=/tmp/two words/o.txt Power= \n";

describe("readScontrol", () => {
  it("reads a job, file names with blanks and all", () => {
    const state = readScontrol(failed);
    expect(state).to.include({ phase: "failed", word: "FAILED", exitCode: 3, output: "/tmp/two words/o.txt" });
    expect(state?.accounting).to.include({
      ...{ JobName: "sbatch", Partition: "main", NodeList: "localhost", NumCPUs: "1", ExitCode: "3:0" },
      ...{ TimeLimit: "UNLIMITED", TRES: "cpu=1,mem=2000M,node=1,billing=1" },
    });
  });

  it("knows no exit status of a job that has not ended", () => {
    const state = readScontrol(failed.replace("JobState=FAILED", "JobState=PENDING"));
    expect(state).to.include({ phase: "queued", exitCode: null });
    expect(state !== null && hasEnded(state)).to.equal(false);
  });

  for (const [word, phase] of [
    ["RUNNING", "running"],
    ["COMPLETING", "running"],
    ["COMPLETED", "completed"],
    ["CANCELLED", "cancelled"],
    ["TIMEOUT", "failed"],
    ["NODE_FAIL", "failed"],
    ["OUT_OF_MEMORY", "failed"],
  ] as const) {
    it(`takes ${word} for ${phase}`, () => {
      expect(readScontrol(failed.replace("JobState=FAILED", `JobState=${word}`))?.phase).to.equal(phase);
    });
  }

  it("reads nothing from nothing", () => {
    expect(readScontrol("")).to.equal(null);
  });
});

describe("readSacct", () => {
  /** As Slurm 22.05.8 with slurmdbd on MariaDB printed them on 2026-11-28, with `--units=K`. */
  const printed = {
    ended: [
      "4|COMPLETED|0:0|00:00:01|2||localhost|2026-11-28T22:22:26|2026-11-28T22:22:27",
      "4.batch|COMPLETED|0:0|00:00:01|2|12276K|localhost|2026-11-28T22:22:26|2026-11-28T22:22:27",
      "4.0|COMPLETED|0:0|00:00:01|2|1776K|localhost|2026-11-28T22:22:26|2026-11-28T22:22:27",
      "",
    ].join("\n"),
    failed: [
      "2|FAILED|7:0|00:00:00|1||localhost|2026-11-28T22:22:23|2026-11-28T22:22:23",
      "2.batch|FAILED|7:0|00:00:00|1||localhost|2026-11-28T22:22:23|2026-11-28T22:22:23",
      "",
    ].join("\n"),
    cancelled: "3|CANCELLED by 0|0:0|00:00:00|1||None assigned|2026-11-28T22:22:26|2026-11-28T22:22:26\n",
  };

  it("reads a job, with the most memory that one of its steps had: its own line has none", () => {
    const state = readSacct(printed.ended);
    expect(state).to.include({ phase: "completed", word: "COMPLETED", exitCode: 0, output: null });
    expect(state?.accounting).to.deep.equal({
      ...{ State: "COMPLETED", ExitCode: "0:0", Elapsed: "00:00:01", AllocCPUS: "2", MaxRSS: "12276K" },
      ...{ NodeList: "localhost", Start: "2026-11-28T22:22:26", End: "2026-11-28T22:22:27" },
    });
  });

  it("reads one that failed too soon for its memory to be seen, and one that somebody cancelled", () => {
    expect(readSacct(printed.failed)).to.deep.include({ phase: "failed", word: "FAILED", exitCode: 7 });
    expect(readSacct(printed.failed)?.accounting).to.include({ MaxRSS: "" });
    const cancelled = readSacct(printed.cancelled);
    expect(cancelled).to.include({ phase: "cancelled", word: "CANCELLED", exitCode: 0 });
    expect(cancelled?.accounting).to.include({ State: "CANCELLED by 0", NodeList: "None assigned" });
  });

  it("reads nothing from nothing", () => {
    expect(readSacct("")).to.equal(null);
  });
});

describe("readQstat", () => {
  /** In the form that the manuals of Torque and PBS Professional print. */
  const text = [
    "Job Id: 12.front",
    "    Job_Name = mnist",
    "    job_state = C",
    "    queue = batch",
    "    exec_host = node1/0+node1/1",
    "    Output_Path = front:/home/user/a/very/long/path/that/goes/on/in/the/next/l",
    "\tine/mnist.out",
    "    resources_used.walltime = 00:00:07",
    "    exit_status = 0",
    "",
  ].join("\n");

  it("reads a job of Torque, with values that go on in the next line", () => {
    const state = readQstat(text);
    expect(state).to.include({ phase: "completed", word: "C", exitCode: 0 });
    expect(state?.output).to.equal("/home/user/a/very/long/path/that/goes/on/in/the/next/line/mnist.out");
    expect(state?.accounting).to.deep.equal({
      ...{ queue: "batch", exec_host: "node1/0+node1/1" },
      "resources_used.walltime": "00:00:07",
    });
  });

  for (const [letter, status, phase] of [
    ["Q", null, "queued"],
    ["H", null, "queued"],
    ["R", null, "running"],
    ["E", null, "running"],
    ["F", "Exit_status = 0", "completed"],
    ["F", "Exit_status = 2", "failed"],
    ["F", "Exit_status = 271", "cancelled"],
    ["C", null, "cancelled"],
  ] as const) {
    it(`takes ${letter} with ${status ?? "no status"} for ${phase}`, () => {
      const lines = ["Job Id: 1.front", `    job_state = ${letter}`, ...(status === null ? [] : [`    ${status}`])];
      expect(readQstat(lines.join("\n"))?.phase).to.equal(phase);
    });
  }

  it("reads nothing from nothing", () => {
    expect(readQstat("qstat: Unknown Job Id")).to.equal(null);
  });
});
