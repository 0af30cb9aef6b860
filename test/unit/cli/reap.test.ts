import { spawn } from "node:child_process";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { reap, standing } from "../../../cli/reap.ts";
import type { Machine } from "../../../provider/machine.ts";
import { identify, isAlive } from "../../../provider/processes.ts";
import { type RunFile, runDirectory, writeRunFile } from "../../../provider/run-directory.ts";
import { captured } from "../../support/captured.ts";
import { freshRunId, fullMachine, TemporaryHomes } from "../../support/machine-file.ts";

const endedProcess = { pid: 2 ** 22 + 1, startTime: "1" };

describe("reap", () => {
  let homes: TemporaryHomes;
  let runId: string;

  beforeEach(() => {
    homes = new TemporaryHomes();
    runId = freshRunId();
  });
  afterEach(() => {
    homes.restore();
  });

  /** A machine whose `pulumi` does this. */
  function machineWith(script: string): Machine {
    const command = path.join(homes.directory, "pulumi");
    writeFileSync(command, `#!/bin/sh\n${script}\n`);
    chmodSync(command, 0o755);
    const machine = {
      ...fullMachine,
      containerEngine: null,
      pulumi: { command, version: "3.220.0", path: [homes.directory] },
    };
    homes.writeMachine(machine);
    return machine;
  }

  /** A machine whose `pulumi` exports a stack with these resources. */
  const machineWithStack = (resources: unknown): Machine =>
    machineWith(`cat <<'END'\n${JSON.stringify({ version: 3, deployment: { resources } })}\nEND`);

  const fileOf = (change: Partial<RunFile> = {}): RunFile => ({
    runId,
    project: "underlay",
    stack: "dev",
    directory: homes.directory,
    engine: { PULUMI_BACKEND_URL: `file://${homes.directory}` },
    createdAt: "2026-11-22T00:00:00.000Z",
    creator: endedProcess,
    ...change,
  });
  const run = (id: string): unknown => ({ type: "underlay:index:Run", id });

  describe("takes a run for", () => {
    it("live while the process that made it runs, whatever its stack says", async () => {
      const creator = identify(process.pid)!;
      expect(await standing(fileOf({ creator }), runId, machineWithStack([]))).to.equal("live");
    });

    it("live while its stack has it", async () => {
      const machine = machineWithStack([{ type: "pulumi:pulumi:Stack" }, run(runId)]);
      expect(await standing(fileOf(), runId, machine)).to.equal("live");
    });

    it("dead when its stack has another run, or none", async () => {
      expect(await standing(fileOf(), runId, machineWithStack([run(freshRunId())]))).to.equal("dead");
      expect(
        await standing(fileOf(), runId, machineWithStack([{ type: "underlay:index:Sandbox", id: runId }])),
      ).to.equal("dead");
      expect(await standing(fileOf(), runId, machineWithStack(null))).to.equal("dead");
    });

    it("dead when nothing is known of it", async () => {
      expect(await standing(null, runId, machineWithStack([]))).to.equal("dead");
    });

    it("unknown when its folder is in another state folder, as one of its processes says", async () => {
      const other = homes.folder("other");
      const child = spawn("sleep", ["30"], { env: { ...process.env, UNDERLAY_RUN: runId, XDG_STATE_HOME: other } });
      try {
        expect(await standing(null, runId, machineWithStack([]))).to.equal("dead");
        homes.folder(`other/underlay/runs/${runId}`);
        expect(await standing(null, runId, machineWithStack([]))).to.equal("unknown");
        expect(await standing(null, freshRunId(), machineWithStack([]))).to.equal("dead");
      } finally {
        child.kill();
      }
    });

    for (const message of ["error: no stack named 'dev' found", "chdir /gone: no such file or directory"]) {
      it(`dead when Pulumi says "${message}"`, async () => {
        expect(await standing(fileOf(), runId, machineWith(`echo "${message}" >&2; exit 255`))).to.equal("dead");
      });
    }

    const unknowns: readonly (readonly [string, string])[] = [
      ["the backend cannot be reached", "echo 'error: connection refused' >&2; exit 255"],
      ["Pulumi prints what is no state", "echo hello"],
      ["the state has another form", "echo '{}'"],
    ];
    for (const [why, script] of unknowns) {
      it(`unknown when ${why}: it is not touched`, async () => {
        expect(await standing(fileOf(), runId, machineWith(script))).to.equal("unknown");
      });
    }

    it("unknown when there is no Pulumi to ask", async () => {
      expect(await standing(fileOf(), runId, { ...fullMachine, pulumi: null })).to.equal("unknown");
    });

    it("what the stack in its own folder and backend says", async () => {
      const machine = machineWith(
        `test "$*" = "stack export --stack dev --cwd ${homes.directory} --non-interactive" || exit 9
test "$PULUMI_BACKEND_URL" = "file://${homes.directory}" || exit 8
echo '{"deployment":{"resources":[]}}'`,
      );
      expect(await standing(fileOf(), runId, machine)).to.equal("dead");
    });
  });

  describe("of a run that is named", () => {
    async function leave(): Promise<{ pid: number; startTime: string }> {
      writeRunFile(fileOf());
      const env = { PATH: "/usr/bin:/bin", UNDERLAY_RUN: runId, UNDERLAY_OWNER: "vm-sandbox" };
      const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore", env });
      child.unref();
      await sleep(50);
      return identify(child.pid ?? 0)!;
    }

    it("lists what it left, and only lists it in a dry run", async () => {
      machineWithStack([]);
      const left = await leave();
      let code = -1;
      const text = await captured("stdout", async () => {
        code = await reap({ dryRun: true, run: [runId] });
      });
      expect(code).to.equal(1);
      expect(text).to.include(`run ${runId} (dead)\n  process ${String(left.pid)} sleep 60\n`);
      expect(text).to.include(`  directory ${runDirectory(runId)} \n`);
      expect(isAlive(left)).to.equal(true);
      process.kill(left.pid, "SIGKILL");
    });

    it("removes what it left, its folder too, though its stack still has it", async () => {
      machineWithStack([run(runId)]);
      const left = await leave();
      let code = -1;
      const text = await captured("stdout", async () => {
        code = await reap({ run: [runId], json: true });
      });
      expect(code).to.equal(0);
      const found = (JSON.parse(text) as { runId: string; standing: string; leftovers: { kind: string }[] }[]).find(
        (entry) => entry.runId === runId,
      );
      expect(found?.standing).to.equal("live");
      expect(found?.leftovers.map(({ kind }) => kind)).to.deep.equal(["process", "directory"]);
      expect(isAlive(left)).to.equal(false);
      expect(existsSync(runDirectory(runId))).to.equal(false);
    });

    it("says that nothing is found of a run, and ends as something that went wrong: a name may be mistyped", async () => {
      machineWithStack([]);
      for (const dryRun of [true, false]) {
        let code = -1;
        const said = await captured("stderr", async () => {
          await captured("stdout", async () => {
            code = await reap({ dryRun, run: [runId] });
          });
        });
        expect(said).to.equal(`nothing carries the run id ${runId} on this machine\n`);
        expect(code).to.equal(1);
      }
    });
  });
});
