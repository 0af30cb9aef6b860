import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";

const repository = path.resolve(import.meta.dirname, "../../..");

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly lastLine: string;
}

describe("the runner of the lanes", function () {
  this.timeout(30_000);
  let root: string;
  /** What runs leave there belongs to no check. */
  let out: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "lanes-"));
    mkdirSync(path.join(root, "test", "unit"), { recursive: true });
    mkdirSync(path.join(root, "workloads"));
    out = path.join(root, "out");
    mkdirSync(out);
    const parts = ["test/run.mjs", "test/lanes.mjs", "test/lab", "test/support", "tools"];
    for (const name of ["package.json", ".mocharc.json", ...parts]) {
      cpSync(path.join(repository, name), path.join(root, name), { recursive: true });
    }
    symlinkSync(path.join(repository, "node_modules"), path.join(root, "node_modules"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  /** Writes a test file. */
  function write(name: string, body: string): void {
    const text = `import { skip } from "../support/skip.ts";\ndescribe("a", () => {\n${body}\n});\nvoid skip;\n`;
    mkdirSync(path.dirname(path.join(root, "test", name)), { recursive: true });
    writeFileSync(path.join(root, "test", name), text);
  }

  /** Runs lanes there, on a machine where set-up has not run. */
  async function runLanes(...args: string[]): Promise<Run> {
    const env = { ...process.env, XDG_CACHE_HOME: path.join(out, "cache"), TMPDIR: out };
    return new Promise((resolve) => {
      execFile(process.execPath, [path.join(root, "test/run.mjs"), ...args], { cwd: root, env }, (error, stdout) => {
        const lines = stdout.trimEnd().split("\n");
        resolve({ code: error === null ? 0 : Number(error.code), stdout, lastLine: lines.at(-1) ?? "" });
      });
    });
  }

  it("counts, names what was skipped and why, and ends with the line that programs read", async () => {
    write("unit/one.test.ts", 'it("b", () => {}); it("c", function () { skip(this, "no moon"); });');
    write("unit/two.test.ts", 'before(function () { skip(this, "no sun"); }); it("d", () => {});');
    const { code, stdout, lastLine } = await runLanes("--lane", "unit");
    expect(lastLine).to.equal("1 passed, 0 failed, 2 skipped");
    expect(stdout).to.include("SKIPPED unit › a c: no moon\n").and.include("SKIPPED unit › a d: no sun\n");
    expect(code).to.equal(0);
  });

  it("runs the other lanes when one fails, and then fails", async () => {
    write("unit/one.test.ts", 'it("b", () => { throw new Error("boom"); });');
    write("property/one.test.ts", 'it("c", () => {});');
    const { code, stdout, lastLine } = await runLanes("--lane", "unit", "--lane", "property");
    expect(lastLine).to.equal("1 passed, 1 failed, 0 skipped");
    expect(stdout).to.include("FAILED unit › a b: boom\n");
    expect(code).to.equal(1);
  });

  it("counts a lane that cannot run as skipped, and a run of nothing as bad", async () => {
    const { code, stdout, lastLine } = await runLanes("--lane", "python");
    expect(stdout).to.match(/^SKIPPED python: this machine is not set up/m);
    expect(lastLine).to.equal("0 passed, 0 failed, 1 skipped");
    expect(code).to.equal(1);
  });

  it("counts a lane that crashes as failed", async () => {
    write("unit/one.test.ts", 'it("b", () => {}); it("c", () => { process.kill(process.pid, "SIGKILL"); });');
    const { code, lastLine } = await runLanes("--lane", "unit");
    expect(lastLine).to.equal("1 passed, 1 failed, 0 skipped");
    expect(code).to.equal(1);
  });

  it("runs a check once on the same files, takes no failure for a pass, and runs it again when told to", async function () {
    this.timeout(90_000);
    writeFileSync(
      path.join(root, "tsconfig.json"),
      '{"files": ["one.ts"], "compilerOptions": {"types": [], "lib": ["es5"]}}',
    );
    const [wrong, right] = ["export const a: number = '';", "export const a = 1;"];
    const outcomes: string[] = [];
    for (const [text, ...more] of [[wrong], [wrong], [right], [right], [right, "--again"]]) {
      writeFileSync(path.join(root, "one.ts"), text ?? "");
      const { lastLine, stdout } = await runLanes("--lane", "types", ...more);
      const before = stdout.includes("-- tsc passed before on the same files\n");
      outcomes.push(`${before ? "not run" : "run"}: ${lastLine}`);
    }
    const [failed, passed] = ["0 passed, 1 failed, 0 skipped", "1 passed, 0 failed, 0 skipped"];
    expect(outcomes).to.deep.equal([
      ...[`run: ${failed}`, `run: ${failed}`],
      ...[`run: ${passed}`, `not run: ${passed}`, `run: ${passed}`],
    ]);
  });

  it("gives the outcome as JSON, and keeps what it compiled for the next run", async () => {
    write("unit/one.test.ts", 'it("b", () => {});');
    const { stdout } = await runLanes("--lane", "unit", "--json");
    const outcome = JSON.parse(stdout) as { passed: number; lanes: { lane: string; passed: number }[] };
    expect(outcome.passed).to.equal(1);
    expect(outcome.lanes[0]).to.include({ lane: "unit", passed: 1 });
    const repositories = path.join(out, "cache/underlay/checks/repositories");
    const compiled = readdirSync(repositories, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\/tsx\/./.test(name),
    );
    expect(compiled.map((name) => readFileSync(path.join(repositories, name), "utf8")).join()).to.include(
      "one.test.ts",
    );
  });

  it("refuses a lane that does not exist", async () => {
    expect((await runLanes("--lane", "nothing")).code).to.equal(2);
  });
});
