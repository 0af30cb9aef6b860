import { expect } from "chai";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { attempt, CommandError, run } from "../../../tools/run.mjs";

/** A process that has ended and that nobody has asked about yet is a zombie, state Z. */
const alive = (pid: number) => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

describe("run", () => {
  it("gives back what the program printed, with its own variables and folder", async () => {
    const script = 'echo "$GREETING from $PWD"';
    expect(await run("sh", ["-c", script], { env: { GREETING: "hello" }, cwd: "/" })).to.equal("hello from /\n");
  });

  it("feeds a stream to it, and lives when the program does not want it", async () => {
    expect(await run("wc", ["-c"], { input: Readable.from([Buffer.from("abc"), Buffer.from("de")]) })).to.match(
      /^\s*5$/m,
    );
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    expect((await attempt("true", [], { input: endless })).code).to.equal(0);
  });

  it("says which program failed, how, and its last lines", async () => {
    const error: unknown = await run("sh", ["-c", "echo broken >&2; exit 3"]).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(CommandError);
    expect((error as Error).message).to.equal("`sh -c echo broken >&2; exit 3` ended with exit code 3: broken");
  });

  it("says so when there is no such program", async () => {
    const outcome = await attempt("/nowhere/at-all", []);
    expect(outcome.code).to.equal(null);
    expect(outcome.stderr).to.contain("ENOENT");
  });

  it("kills the whole process group at the time limit", async () => {
    const started = performance.now();
    const outcome = await attempt("sh", ["-c", "sleep 60 & echo $!; wait"], { timeoutSec: 0.5 });
    expect(outcome.timedOut).to.equal(true);
    expect(performance.now() - started).to.be.lessThan(5000);
    const grandchild = Number(outcome.stdout);
    expect(grandchild).to.be.greaterThan(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(alive(grandchild), "the grandchild still lives").to.equal(false);
  });
});
