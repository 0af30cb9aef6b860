import { expect } from "chai";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type EventOf, type SessionEvent, sessionEventSchema } from "../../../../../provider/session-events.ts";
import { type FunctionServer, functionServer } from "../../../../support/function-server.ts";

const program = fileURLToPath(new URL("../../../../../workloads/serving/run/launch.mjs", import.meta.url));

/** The program as a session runs it. */
class Generator {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.child = spawn(process.execPath, [program]);
    this.child.stderr.resume();
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async next(): Promise<SessionEvent> {
    const { value } = (await this.#lines.next()) as { value: string };
    return sessionEventSchema.parse(JSON.parse(value));
  }

  async ask(command: object): Promise<SessionEvent> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    return this.next();
  }

  async block(series: string, steps: number): Promise<EventOf<"block">> {
    const event = await this.ask({ command: "block", series, block: 0, steps });
    if (event.event !== "block") throw new Error(JSON.stringify(event));
    return event;
  }
}

describe("the load generator", function () {
  this.timeout(30_000);
  let server: FunctionServer;
  let generator: Generator;

  type Wanted = object | ((server: FunctionServer) => object);
  const start = async (wanted: Wanted, serverOptions = {}): Promise<SessionEvent> => {
    server = await functionServer(serverOptions);
    const options = typeof wanted === "function" ? (wanted as (server: FunctionServer) => object)(server) : wanted;
    generator = new Generator();
    expect((await generator.next()).event).to.equal("hello");
    const by = {
      eviction: { by: "socket", path: server.socket },
      reports: { from: "file", path: server.log },
    };
    return generator.ask({ command: "start", options: { url: `${server.url}/predict`, ...by, ...options } });
  };

  afterEach(async () => {
    generator.child.kill("SIGKILL");
    await server.close();
  });

  it("sends a request to a new instance each time in a cold phase, and reads the parts of its start", async () => {
    expect((await start({ series: { cold: { kind: "cold" } } })).event).to.equal("ready");
    const { counts, samples, steps, items } = await generator.block("cold", 3);
    expect(counts).to.include({ sent: 3, kept: 3, coldStarts: 3, failed: 0, wrongTemperature: 0 });
    expect(items).to.equal(3);
    expect(Math.min(...steps)).to.be.at.least(0.02);
    expect(samples).to.deep.include({ imports: [0.2, 0.2, 0.2], modelLoad: [0.1, 0.1, 0.1] });
    expect(samples).to.deep.include({ billedDuration: [0.003, 0.003, 0.003], init: [0.02, 0.02, 0.02] });
    expect(samples).to.deep.include({ memoryUsedMiB: [85, 85, 85], sandbox: [null, null, null] });
  });

  it("discards the first requests of a warm phase, and tells no parts of a start", async () => {
    await start({ series: { warm: { kind: "warm", pauseSec: 0, discarded: 2 } } });
    const { counts, samples, steps } = await generator.block("warm", 4);
    expect(counts).to.include({ sent: 6, kept: 4, discarded: 2, coldStarts: 1, wrongTemperature: 0 });
    expect(steps).to.have.lengthOf(4);
    expect(samples).to.have.property("prediction").that.deep.equals([0.002, 0.002, 0.002, 0.002]);
    expect(samples).not.to.have.property("imports");
  });

  it("counts a request of the wrong temperature and leaves its time out", async () => {
    await start({ series: { warm: { kind: "warm", pauseSec: 0, discarded: 0 } } });
    const { counts, steps } = await generator.block("warm", 3);
    expect(counts).to.include({ sent: 3, kept: 2, wrongTemperature: 1, coldStarts: 1 });
    expect(steps).to.have.lengthOf(2);
  });

  it("raises the rate of a scale phase each second: 550 requests in ten seconds, here 30 in two", async () => {
    await start({ series: { scale: { kind: "scale", fromPerSec: 10, byPerSec: 10 } } });
    const { counts, steps, seconds, metrics } = await generator.block("scale", 2);
    expect(counts).to.include({ sent: 30, kept: 30 });
    expect(steps).to.have.lengthOf(30);
    expect(seconds).to.be.within(1.9, 2.5);
    expect(metrics["achievedRate"]! / metrics["targetRate"]!).to.be.within(0.98, 1.02);
  });

  it("counts what is throttled and what fails apart, by status", async () => {
    await start(
      { series: { constant: { kind: "constant", ratePerSec: 1000 } } },
      { maximumInstances: 2, predictionMs: 200, failing: { every: 1, status: 502 } },
    );
    const { counts, steps } = await generator.block("constant", 20);
    expect(counts).to.include({ sent: 20, kept: 0, throttled: 18, failed: 2, "failed:502": 2 });
    expect(steps).to.deep.equal([]);
  });

  it("counts time from when a request was to start, also while the server stands still", async () => {
    // One instance at a time would omit what others wait for; here all are sent, each at its own time.
    await start(
      { series: { poisson: { kind: "poisson", ratePerSec: 50, seed: 3 } } },
      { predictionMs: 300, startMs: 0 },
    );
    const { steps, seconds } = await generator.block("poisson", 20);
    expect(Math.min(...steps)).to.be.at.least(0.299);
    expect(Math.max(...steps)).to.be.below(0.6);
    expect(seconds).to.be.below(1.5);
  });

  it("replays the times of a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-trace-"));
    const file = join(folder, "trace");
    writeFileSync(file, "# seconds\n5.4\n5.0\n\n5.1\n");
    try {
      await start({ series: { replay: { kind: "replay", file } } });
      const { counts, metrics } = await generator.block("replay", 1000);
      expect(counts).to.include({ sent: 3, kept: 3 });
      expect(metrics["targetRate"]).to.be.closeTo(2 / 0.4, 1e-6);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("counts what cannot be reached as failed, by its code", async () => {
    await start({ url: "http://127.0.0.1:1/", series: { constant: { kind: "constant", ratePerSec: 100 } } });
    const { counts } = await generator.block("constant", 3);
    expect(counts).to.include({ sent: 3, kept: 0, failed: 3, "failed:ECONNREFUSED": 3 });
  });

  it("refuses options that are none, and a cold phase that nothing evicts for", async () => {
    expect(await start({ url: "ftp://a", series: {} })).to.include({ event: "error", code: "options-invalid" });
    generator.child.kill("SIGKILL");
    await server.close();
    await start({ eviction: null, series: { cold: { kind: "cold" } } });
    const answer = await generator.ask({ command: "block", series: "cold", block: 0, steps: 1 });
    expect(answer).to.include({ event: "error", code: "eviction-missing" });
  });

  it("evicts by a command, and says when that fails", async () => {
    const eviction = { by: "command", argv: ["false"] };
    await start({ eviction, series: { cold: { kind: "cold" } } });
    const answer = await generator.ask({ command: "block", series: "cold", block: 0, steps: 1 });
    expect(answer).to.include({ event: "error", code: "eviction-failed" });
  });

  it("reads the function's log by a command, too", async () => {
    const series = { warm: { kind: "warm", pauseSec: 0, discarded: 1 } };
    await start(({ log }) => ({ series, reports: { from: "command", argv: ["cat", log] } }));
    const { samples } = await generator.block("warm", 2);
    expect(samples).to.deep.include({ billedDuration: [0.003, 0.003] });
  });

  it("says that a log cannot be read before there are requests", async () => {
    const reports = { from: "command", argv: ["cat", "/nowhere/log"] };
    const answer = await start({ series: { warm: { kind: "warm", pauseSec: 0, discarded: 1 } }, reports });
    expect(answer).to.include({ event: "error", code: "reports-unreadable" });
    expect(answer)
      .to.have.property("message")
      .that.matches(/command cat: .*\/nowhere\/log/s);
  });

  it("ends in order when it is told to", async () => {
    await start({ series: { warm: { kind: "warm", pauseSec: 0, discarded: 0 } } });
    await generator.block("warm", 1);
    expect((await generator.ask({ command: "stop" })).event).to.equal("stopped");
    generator.child.stdin.end();
    const code = await new Promise((resolve) => generator.child.once("exit", resolve));
    expect(code).to.equal(0);
  });
});
