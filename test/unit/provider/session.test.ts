import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Connection } from "../../../provider/connection.ts";
import { endProcesses, runProcesses } from "../../../provider/processes.ts";
import { Session, type SessionArgs, SessionError } from "../../../provider/session.ts";
import { freshRunId } from "../../support/machine-file.ts";
import { needPython } from "../../support/python.ts";
import { until } from "../../support/until.ts";

const program = path.resolve(import.meta.dirname, "../../fixtures/program/main.py");
const here: Connection = { hops: [] };

/** A program that says what is written here, line by line, and then does something else. */
function says(lines: readonly string[], then: string): string[] {
  return ["sh", "-c", [...lines.map((line) => `echo '${line}'`), then].join("; ")];
}
const hello = '{"event":"hello","pid":1}';
const ready = '{"event":"ready","parts":{},"facts":{}}';

describe("a session", () => {
  const runId = freshRunId();
  const open: Session[] = [];

  function session(args: Partial<SessionArgs> = {}): Session {
    const defaults = { connection: here, command: ["python3", program], runId, owner: "test", answerTimeoutSec: 8 };
    const made = Session.open({ ...defaults, ...args });
    open.push(made);
    return made;
  }

  async function rejection(work: Promise<unknown>): Promise<SessionError> {
    try {
      await work;
    } catch (thrown) {
      expect(thrown).to.be.instanceOf(SessionError);
      return thrown as SessionError;
    }
    throw new Error("nothing was thrown");
  }

  const left = (): string[] => runProcesses().flatMap((entry) => (entry.runId === runId ? [entry.command] : []));

  before(function () {
    needPython(this);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.kill()));
    const stray = runProcesses().filter((entry) => entry.runId === runId);
    await endProcesses(stray);
    expect(stray).to.deep.equal([]);
  });

  it("gets ready, plays blocks and stops", async () => {
    const one = session();
    const started = await one.start({});
    expect(started.event.parts).to.deep.equal({ import: 0 });
    expect(started.event.facts["affinity"]).to.be.an("array").that.is.not.empty;
    expect(started.startSeconds).to.be.greaterThan(0);
    expect(started.hostSeconds).to.be.at.least(started.startSeconds);

    for (const index of [0, 1]) {
      const { event, hostSeconds } = await one.block("synthetic", index, 3);
      expect(event).to.include({ series: "synthetic", block: index, items: 120, unit: "hashes" });
      expect(event.steps).to.have.lengthOf(3);
      expect(event.seconds).to.be.closeTo(
        event.steps.reduce((sum, step) => sum + step, 0),
        1e-9,
      );
      expect(hostSeconds).to.be.at.least(event.seconds);
    }

    const stopped = await one.stop();
    expect(stopped.event.peakMemoryMiB).to.be.greaterThan(1);
    expect(left()).to.deep.equal([]);
    expect(one.log).to.deep.equal(["ready to hash"]);
  });

  it("carries the run's identity, and none of the caller's secrets", async () => {
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
    try {
      const one = session({ owner: "training" });
      await one.start({});
      const own = runProcesses().filter((entry) => entry.runId === runId);
      expect(own.map(({ owner }) => owner)).to.deep.equal(["training"]);
      expect(readFileSync(`/proc/${String(own[0]!.pid)}/environ`, "utf8")).not.to.include("secret");
    } finally {
      delete process.env["AWS_SECRET_ACCESS_KEY"];
    }
  });

  describe("breaks with a code of its own", () => {
    it("when the program dies, with the last lines of its log", async () => {
      const one = session();
      await one.start({ fault: { block: 1, kind: "die" } });
      await one.block("synthetic", 0, 1);
      const error = await rejection(one.block("synthetic", 1, 1));
      expect(error.code).to.equal("session-died");
      expect(error.message).to.match(/ended \(exit code 3\) before its answer/);
      expect(error.message).to.include("ready to hash");
      expect(error.log).to.deep.equal(["ready to hash"]);
    });

    it("when the program is killed, which it names", async () => {
      const one = session();
      await one.start({});
      await endProcesses(runProcesses().filter((entry) => entry.runId === runId));
      expect((await rejection(one.block("synthetic", 0, 1))).message).to.include("SIGKILL");
    });

    it("when the program hangs", async () => {
      const one = session({ answerTimeoutSec: 1 });
      await one.start({ fault: { block: 0, kind: "hang" } });
      const error = await rejection(one.block("synthetic", 0, 1));
      expect(error.code).to.equal("session-timeout");
      expect(error.message).to.match(/more than 1 s to say "block"/);
    });

    it("when the program does not end after its last word", async () => {
      const stopped = '{"event":"stopped","peakMemoryMiB":null}';
      const one = session({ command: says([hello, ready, stopped], "exec sleep 60"), answerTimeoutSec: 1 });
      await one.start({});
      const error = await rejection(one.stop());
      expect(error.code).to.equal("session-timeout");
      expect(error.message).to.match(/more than 1 s to end/);
    });

    it("when the program prints garbage, which it shows", async () => {
      const one = session();
      await one.start({ fault: { block: 0, kind: "garbage" } });
      const error = await rejection(one.block("synthetic", 0, 1));
      expect(error.code).to.equal("session-garbage");
      expect(error.message).to.include("this is no event");
    });

    it("when garbage and an answer come in one breath", async () => {
      const stopped = '{"event":"stopped","peakMemoryMiB":null}';
      const one = session({ command: says([hello, ready, `this is no event\n${stopped}`], "exec sleep 60") });
      await one.start({});
      expect((await rejection(one.stop())).code).to.equal("session-garbage");
    });

    const garbage: readonly (readonly [string, readonly string[], RegExp])[] = [
      ["an event out of turn", [ready], /said "ready" when "hello" was due/],
      ["an event with a key too many", ['{"event":"hello","pid":1,"more":1}'], /no event.*more/s],
      ["a number that is none", ['{"event":"ready","parts":{"import":NaN},"facts":{}}'], /no event/],
      ["an empty line", [""], /no event/],
    ];
    for (const [what, lines, pattern] of garbage) {
      it(`when the program says ${what}`, async () => {
        const error = await rejection(session({ command: says(lines, "exec sleep 60") }).start({}));
        expect(error.code).to.equal("session-garbage");
        expect(error.message).to.match(pattern);
      });
    }

    it("when the answer is one to another block", async () => {
      const block =
        '{"event":"block","series":"s","block":7,"items":1,"unit":"i","seconds":1,"steps":[1],"metrics":{}}';
      const one = session({ command: says([hello, ready, block], "exec sleep 60") });
      await one.start({});
      const error = await rejection(one.block("s", 6, 1));
      expect(error.code).to.equal("session-garbage");
      expect(error.message).to.match(/answered for another block/);
    });

    it("when the program cannot be started", async () => {
      const error = await rejection(session({ command: ["/no/such/program"] }).start({}));
      expect(error.code).to.equal("session-not-started");
      expect(error.message).to.match(/ENOENT/);
    });

    it("of the program's choice, when it tells of an error before it ends", async () => {
      const failure = '{"event":"error","code":"out-of-memory","message":"a smaller batchSize helps"}';
      const one = session({ command: says([hello, ready, failure], "echo last words >&2; exit 1") });
      await one.start({});
      await sleep(100);
      const error = await rejection(one.block("s", 0, 1));
      expect(error.code).to.equal("out-of-memory");
      expect(error.message).to.match(/^a smaller batchSize helps/);
      expect(error.log).to.deep.equal(["last words"]);
    });
  });

  it("keeps the last lines of a long log only", async () => {
    const one = session({ command: says([], "seq 1 1000 >&2; exit 1") });
    const { log } = await rejection(one.start({}));
    expect(log).to.have.lengthOf(40);
    expect(log.at(-1)).to.equal("1000");
  });

  describe("that is killed", () => {
    it("leaves no process", async () => {
      const one = session();
      await one.start({ fault: { block: 0, kind: "hang" } });
      const playing = rejection(one.block("synthetic", 0, 1));
      await sleep(50);
      await one.kill();
      expect(left()).to.deep.equal([]);
      expect((await playing).code).to.equal("session-died");
    });

    it("leaves no process of the program's own making", async () => {
      const one = session({ command: says([hello, ready], "sleep 60 & sleep 60") });
      await one.start({});
      await until(() => left().filter((command) => command === "sleep 60").length === 2);
      await one.kill();
      expect(left()).to.deep.equal([]);
    });

    it("ends its program at the end of the way, which may outlive the way", async () => {
      // A way whose client dies without its program: what it runs is in a session of its own.
      const one = session({ connection: { hops: [{ argv: ["setsid", "--wait"], shell: false }] } });
      await one.start({});
      await one.kill();
      expect(left()).to.deep.equal([]);
    });

    it("is soon over, although a process that left the program holds its output open", async () => {
      const one = session({ command: says([hello, ready], "setsid sleep 30 & wait") });
      await one.start({});
      await until(() => left().includes("sleep 30"));
      const from = performance.now();
      await one.kill();
      expect((performance.now() - from) / 1000).to.be.lessThan(4);
      await endProcesses(runProcesses().filter((entry) => entry.runId === runId));
    });

    it("may be killed again, and after its end", async () => {
      const one = session();
      await one.kill();
      await one.kill();
      const two = session();
      await two.start({});
      await two.stop();
      await two.kill();
    });
  });

  it("breaks when its program ends in order, but before its answer", async () => {
    const one = session({ connection: { hops: [{ argv: ["sh", "-c", '"$@" < /dev/null', "sh"], shell: false }] } });
    const { code, message } = await rejection(one.start({}));
    expect(code).to.equal("session-died");
    expect(message).to.include("exit code 0");
  });
});
