import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { expect } from "chai";
import { run } from "../../support/child.mjs";

const node = process.execPath;

/** Runs a program of this text and returns how it ended and what it printed. */
async function runText(text: string, limitSeconds = 10, niceness = 0) {
  const printed: string[] = [];
  const ending = await run({
    command: node,
    args: ["-e", text],
    cwd: process.cwd(),
    env: process.env,
    limitSeconds,
    niceness,
    write: (part) => printed.push(part),
  });
  return { ...ending, printed: printed.join("") };
}

/** Whether a process runs; a zombie that nobody has collected yet does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${String(pid)}/status`, "utf8"));
  } catch {
    return false;
  }
}

const startsChild = `const c = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  console.log(c.pid);`;

describe("run", () => {
  it("passes on what a program prints on both streams", async () => {
    const { ok, printed } = await runText('console.log("out"); console.error("err");');
    expect(ok).to.equal(true);
    expect(printed).to.include("out\n").and.include("err\n");
  });

  it("names an exit code", async () => {
    expect((await runText("process.exit(3)")).problem).to.equal("ended with code 3");
  });

  it("names a signal", async () => {
    expect((await runText("process.kill(process.pid, 'SIGTERM')")).problem).to.equal("was ended by SIGTERM");
  });

  it("says that a command does not exist", async () => {
    const { problem } = await run({
      command: "/nowhere/nothing",
      args: [],
      cwd: process.cwd(),
      env: {},
      limitSeconds: 5,
      write: () => undefined,
    });
    expect(problem).to.match(/^could not be started: .*ENOENT/);
  });

  it("gives way with its children as far as it is told to, and no less than whoever runs it", async () => {
    const tells = `setTimeout(() => require("node:child_process").spawn("nice", { stdio: "inherit" }), 100)`;
    const own = getPriority();
    expect((await runText(tells, 10, 19)).printed).to.equal("19\n");
    expect((await runText(tells, 10, 0)).printed).to.equal(`${String(own)}\n`);
  });

  it("kills a program that exceeds its limit, with its children", async () => {
    const { problem, printed } = await runText(`${startsChild} setInterval(() => {}, 1000);`, 1);
    expect(problem).to.equal("did not end within 1 s and was killed with its children");
    expect(isAlive(Number(printed))).to.equal(false);
  });

  it("kills and reports children that outlive their parent", async () => {
    const { problem, printed } = await runText(`${startsChild} c.unref();`);
    expect(problem).to.equal("left processes behind, which were killed");
    expect(isAlive(Number(printed))).to.equal(false);
  });
});
