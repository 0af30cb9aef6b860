import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { matrix } from "../../cli/matrix.ts";
import { projectRoot } from "../../cli/version.ts";
import type { MatrixReport } from "../../report/matrix.ts";
import { captured } from "../support/captured.ts";
import { until } from "../support/until.ts";

describe("a matrix of stacks, with the real engine", function () {
  this.timeout(240_000);
  const before_ = process.env["XDG_STATE_HOME"];
  let folder = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "matrix-"));
    process.env["XDG_STATE_HOME"] = join(folder, "state");
  });
  after(() => {
    if (before_ === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before_;
    rmSync(folder, { recursive: true, force: true });
  });

  it("is previewed two at a time, each stack for itself, and leaves nothing", async () => {
    const file = join(folder, "matrix.yaml");
    writeFileSync(file, "environment: [bare-metal, container-on-bare-metal]\nmodel: [alexnet, unheard-of]\n");
    let code = -1;
    const options = { parallel: "2", config: ["photographs=false"], json: true };
    const printed = await captured("stdout", async () => {
      await captured("stderr", async () => {
        code = await matrix(file, options);
      });
    });
    const { stacks, parallel } = JSON.parse(printed) as MatrixReport;
    expect(parallel).to.equal(2);
    expect(stacks.map(({ id, resources, problems }) => [id, resources, problems.length])).to.deep.equal([
      ["bare-metal-alexnet", 3, 0],
      ["bare-metal-unheard-of", null, 1],
      ["container-on-bare-metal-alexnet", 4, 0],
      ["container-on-bare-metal-unheard-of", null, 1],
    ]);
    expect(stacks[1]?.problems[0]).to.include('underlay:model is "unheard-of"');
    expect(code).to.equal(1);
    expect(readdirSync(join(folder, "state", "underlay"))).to.deep.equal(["matrix"]);
  });

  it("that Ctrl-C ends calls what was under way cancelled, refuses nothing, and ends with 130", async () => {
    const file = join(folder, "matrix.yaml");
    writeFileSync(file, "environment: [bare-metal]\nmodel: [alexnet, resnet50, inception3]\n");
    const words = ["matrix", file, "--parallel", "2", "--config", "photographs=false"];
    const command = spawn(process.execPath, [join(projectRoot, "cli", "underlay.mjs"), ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [printed, said] = ["", ""];
    command.stdout.on("data", (data: Buffer) => (printed += data.toString()));
    command.stderr.on("data", (data: Buffer) => (said += data.toString()));
    const ended = once(command, "close");
    const state = join(folder, "state", "underlay");
    await until(() => ["matrix-0", "matrix-1"].every((name) => existsSync(join(state, name, "events.jsonl"))));
    command.kill("SIGINT");
    const [code] = (await ended) as [number | null];
    expect(said)
      .to.match(/^bare-metal-alexnet: cancelled in \d+\.\d s$/m)
      .and.match(/^bare-metal-resnet50: cancelled/m);
    expect(said).to.include("cancelled: 0 of 3 stacks were previewed\n").and.not.include("refused");
    expect(said).to.not.include("inception3");
    expect(printed).to.equal("");
    expect(code).to.equal(130);
    expect(readdirSync(state)).to.deep.equal(["matrix"]);
  });
});
