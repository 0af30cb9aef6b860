import { expect } from "chai";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { endpointAnswerSchema } from "../../measure/endpoint.ts";
import { type FunctionReport, parseReport } from "../../measure/function-report.ts";
import { readMachine } from "../../provider/machine.ts";
import { clearRun } from "../../provider/run.ts";
import { UnderlayError } from "../../measure/error.ts";
import { FunctionLab, type StandingFront, whyNoFunctions } from "../support/function.ts";
import { skip } from "../support/skip.ts";
import { until } from "../support/until.ts";

interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const faults = path.join(import.meta.dirname, "../fixtures/function/faults");

async function ask({ url }: StandingFront, query: string, init: RequestInit = {}): Promise<Told> {
  const response = await fetch(`${url}/predict${query}`, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function controlled<T>({ control }: StandingFront, method: string, route: string): Promise<T> {
  return new Promise((resolve, reject) => {
    request({ socketPath: control.socket, method, path: route }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")) as T);
      });
    })
      .on("error", reject)
      .end();
  });
}

function reports({ control }: StandingFront): FunctionReport[] {
  return readFileSync(control.log, "utf8")
    .split("\n")
    .flatMap((line) => parseReport(line) ?? []);
}

/** The report of a request, which follows its answer. */
async function reportOf(front: StandingFront, requestId: unknown): Promise<FunctionReport> {
  for (;;) {
    const report = reports(front).find((each) => each.requestId === requestId);
    if (report !== undefined) {
      return report;
    }
    await sleep(5);
  }
}

/** A PNG image that claims this size and ends after its header. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(17);
  header.write("IHDR");
  header.writeUInt32BE(width, 4);
  header.writeUInt32BE(height, 8);
  header.set([8, 2, 0, 0, 0], 12);
  const length = Buffer.from([0, 0, 0, 13]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(header));
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    length,
    header,
    check,
    Buffer.from("\0\0\0\0IDAT"),
  ]);
}

describe("a function on this machine", function () {
  this.timeout(180_000);
  const lab = new FunctionLab();

  before(function () {
    const reason = whyNoFunctions(readMachine());
    if (reason !== null) {
      skip(this, reason);
    }
  });
  after(async () => {
    const left = await lab.end();
    const { stuck } = await clearRun(lab.runId);
    expect([...left, ...stuck]).to.deep.equal([]);
  });

  describe("that serves a model", () => {
    let front: StandingFront;
    const jpeg = { "content-type": "image/jpeg" };
    const post = (body: Uint8Array | string, headers: Record<string, string>): Promise<Told> =>
      ask(front, "", { method: "POST", body: typeof body === "string" ? body : new Uint8Array(body), headers });

    before(async () => {
      front = await lab.start({ package: await lab.packModel("squeezenet-1.0"), maximumInstances: 2 });
    });

    it("answers a cold request and warm ones, and tells them apart", async () => {
      const answers = [];
      for (let time = 0; time < 3; time += 1) {
        const { status, body } = await ask(front, "");
        expect(status).to.equal(200);
        answers.push(endpointAnswerSchema.parse(body));
      }
      expect(answers.map(({ coldStart }) => coldStart)).to.deep.equal([true, false, false]);
      const [first, second] = answers;
      expect(first!.prediction).to.deep.equal(second!.prediction);
      expect(first!.prediction.meaningful).to.equal(false);
      expect(first!.timings.firstPrediction).to.equal(first!.timings.prediction);
      expect(second!.timings).to.include({ imports: first!.timings.imports, modelLoad: first!.timings.modelLoad });
      for (const part of ["runtimeStart", "imports", "modelLoad", "prediction"] as const) {
        expect(first!.timings[part], part).to.be.greaterThan(0);
      }
      expect(new Set(answers.map(({ requestId }) => requestId)).size).to.equal(3);
      const cold = await reportOf(front, first!.requestId);
      const warm = await reportOf(front, second!.requestId);
      expect(cold.initDurationMs).to.be.greaterThan(
        (first!.timings.imports + first!.timings.modelLoad) * 1000,
        "the initialisation holds imports and model",
      );
      expect(cold.sandboxDurationMs).to.be.greaterThan(0);
      expect(warm).to.include({ initDurationMs: null, sandboxDurationMs: null, status: null, memorySizeMiB: 1769 });
      expect(warm.maxMemoryUsedMiB).to.be.within(40, 200);
    });

    it("classifies a photograph", async () => {
      const { directory } = readMachine().photographs!;
      const photograph = readFileSync(path.join(directory, readdirSync(directory).sort()[5]!));
      const { status, body } = await post(photograph, jpeg);
      expect(status).to.equal(200);
      expect(endpointAnswerSchema.parse(body).model).to.equal("squeezenet-1.0");
    });

    const codeOf = ({ body }: Told): unknown => (body["error"] as { code?: unknown } | undefined)?.code;

    it("says 400 to what is no image, and to nothing", async () => {
      const malformed = await post(Buffer.from("no image at all"), jpeg);
      expect([malformed.status, codeOf(malformed)]).to.deep.equal([400, "image-unreadable"]);
      const cut = await post(pngHeader(100, 100), { "content-type": "image/png" });
      expect([cut.status, codeOf(cut)]).to.deep.equal([400, "image-unreadable"]);
      const empty = await post("", jpeg);
      expect([empty.status, codeOf(empty)]).to.deep.equal([400, "image-missing"]);
    });

    it("says 415 to another content type", async () => {
      const text = await post("text", { "content-type": "text/plain" });
      expect([text.status, codeOf(text)]).to.deep.equal([415, "content-type-unsupported"]);
    });

    it("says 413 to too many pixels, too large an event and too large a request", async () => {
      const pixels = await post(pngHeader(20_000, 20_000), { "content-type": "image/png" });
      expect([pixels.status, codeOf(pixels)]).to.deep.equal([413, "image-too-large"]);
      for (const mebibytes of [5, 12]) {
        const large = await post(Buffer.alloc(mebibytes * 1024 * 1024), jpeg);
        expect(large).to.deep.equal({ status: 413, body: { message: "Request Entity Too Large" } });
      }
    });

    it("says 404 to any other route", async () => {
      for (const [route, method] of [
        ["/", "GET"],
        ["/predict/more", "GET"],
        ["/predict", "DELETE"],
      ] as const) {
        expect((await fetch(`${front.url}${route}`, { method })).status).to.equal(404);
      }
    });

    it("starts anew after an eviction", async () => {
      await ask(front, "");
      expect(await controlled(front, "GET", "/instances")).to.deep.equal({ idle: 1, busy: 0 });
      expect(await controlled(front, "POST", "/evict")).to.deep.equal({ evicted: 1 });
      expect(await controlled(front, "GET", "/instances")).to.deep.equal({ idle: 0, busy: 0 });
      expect(endpointAnswerSchema.parse((await ask(front, "")).body).coldStart).to.equal(true);
    });
  });

  describe("that goes wrong", () => {
    let front: StandingFront;

    before(async () => {
      front = await lab.start({
        ...{ package: lab.pack(faults), memoryMiB: 256, timeoutSec: 4, maximumInstances: 4 },
        variables: { GREETING: "hello" },
      });
    });
    afterEach("and serves the next request all the same", async () => {
      const { status, body } = await ask(front, "");
      expect([status, typeof body["requests"]]).to.deep.equal([200, "number"]);
    });

    for (const [what, query, status, errorType] of [
      ["raises", "raise", 500, "ValueError"],
      ["hangs", "hang", 504, "Sandbox.Timedout"],
      ["exits", "exit", 500, "Runtime.ExitError"],
      ["leaks memory", "leak", 500, "Runtime.OutOfMemory"],
      ["returns too much", "large", 500, "Function.ResponseSizeTooLarge"],
      ["returns no status", "no-status", 500, "Function.InvalidResponse"],
      ["returns what is no JSON", "no-json", 500, "Runtime.MarshalError"],
    ] as const) {
      it(`and ${what}: ${String(status)} ${errorType}`, async () => {
        const { status: got, body } = await ask(front, `?do=${query}`);
        expect([got, body["errorType"]]).to.deep.equal([status, errorType]);
        expect(body["message"]).to.equal(status === 504 ? "Endpoint request timed out" : "Internal Server Error");
        const report = await reportOf(front, body["requestId"]);
        if (query === "leak") {
          expect(report).to.include({ errorType, status: "error", maxMemoryUsedMiB: 256 });
        }
        if (query === "hang") {
          expect(report.status).to.equal("timeout");
          expect(report.durationMs).to.be.within(4000, 4500);
        }
      });
    }

    it("and closes its output, or fills it: it lives on, and the log does not grow without end", async () => {
      expect((await ask(front, "?do=close")).status).to.equal(200);
      expect((await ask(front, "?do=print")).status).to.be.oneOf([200, 500]);
      expect((await ask(front, "?do=print")).status).to.be.oneOf([200, 500]);
      expect(readFileSync(front.control.log).length).to.be.lessThan(20 * 1024 * 1024);
      await controlled(front, "POST", "/evict");
    });

    it("and answers another's request: it is told so", async () => {
      expect((await ask(front, "?do=another")).body).to.deep.equal({ status: 400 });
    });

    it("for clients that go away: their requests end, and are reported", async () => {
      const { body } = await ask(front, "");
      await reportOf(front, body["requestId"]);
      const before = reports(front).length;
      const gone = Array.from({ length: 3 }, async () => {
        const signal = AbortSignal.timeout(300);
        return ask(front, "?do=sleep&seconds=1", { signal }).catch((error: unknown) => (error as Error).name);
      });
      expect(await Promise.all(gone)).to.deep.equal(["TimeoutError", "TimeoutError", "TimeoutError"]);
      while (reports(front).length < before + 3) {
        await sleep(20);
      }
      expect(
        reports(front)
          .slice(before)
          .map(({ status }) => status),
      ).to.deep.equal([null, null, null]);
    });

    it("for 1,000 at once: each is answered or throttled, by as many instances as there may be", async () => {
      const all = await Promise.all(Array.from({ length: 1000 }, () => ask(front, "?do=sleep&seconds=0.5")));
      const count = (status: number): number => all.filter((each) => each.status === status).length;
      expect(count(200) + count(429)).to.equal(1000);
      expect(count(200)).to.be.at.least(4);
      expect(all.find(({ status }) => status === 429)?.body).to.deep.equal({ message: "Too Many Requests" });
      const { idle, busy } = await controlled<{ idle: number; busy: number }>(front, "GET", "/instances");
      expect(idle + busy).to.equal(4);
    });

    it("sees its place as on AWS Lambda: a user of nobody's, 512 MiB to write to, no network", async () => {
      const other = new URL(front.url).host;
      const { body } = await ask(front, `?do=place&address=${other}&mebibytes=100`);
      expect(body).to.deep.equal({
        user: 993,
        modules: [],
        root: "Read-only file system",
        task: "Read-only file system",
        temporary: "written",
        connection: "Connection refused",
        environment: { GREETING: "hello", AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256" },
        processes: 1,
      });
      await controlled(front, "POST", "/evict");
    });
  });

  it("ends instances that were idle for long, and throttles beyond its limit", async () => {
    const front = await lab.start({ package: lab.pack(faults), memoryMiB: 256, idleSec: 1, maximumInstances: 1 });
    const pair = await Promise.all([ask(front, "?do=sleep&seconds=0.5"), ask(front, "?do=sleep&seconds=0.5")]);
    expect(pair.map(({ status }) => status).sort()).to.deep.equal([200, 429]);
    expect(await controlled(front, "GET", "/instances")).to.deep.equal({ idle: 1, busy: 0 });
    await sleep(1600);
    expect(await controlled(front, "GET", "/instances")).to.deep.equal({ idle: 0, busy: 0 });
    expect((await ask(front, "")).body["requests"]).to.equal(1);
  });

  it("starts once more in the time of the request when its initialisation takes over 10 s", async () => {
    const archive = lab.pack(path.join(import.meta.dirname, "../fixtures/function/slow"));
    const shape = { package: archive, memoryMiB: 256, maximumInstances: 1 };
    const patient = await lab.start({ ...shape, timeoutSec: 25 });
    const hasty = await lab.start({ ...shape, timeoutSec: 1 });
    const [answered, late] = await Promise.all([ask(patient, ""), ask(hasty, "")]);
    expect(answered).to.deep.equal({ status: 200, body: {} });
    expect([late.status, late.body["errorType"]]).to.deep.equal([504, "Sandbox.Timedout"]);
    await until(() => reports(patient).length > 0);
    const [report] = reports(patient);
    expect(report).to.include({ initDurationMs: null, status: null });
    expect(report!.durationMs).to.be.within(10_500, 20_000);
    expect(readFileSync(patient.control.log, "utf8")).to.match(/^INIT_REPORT .*Status: timeout$/m);
  });

  it("is in the machine's network when it was asked for", async () => {
    const front = await lab.start({ package: lab.pack(faults), memoryMiB: 256, maximumInstances: 1, network: true });
    const { body } = await ask(front, `?do=place&address=${new URL(front.url).host}`);
    expect(body["connection"]).to.equal("connected");
  });

  it("without its handler says so to each request", async () => {
    for (const [handler, errorType] of [
      ["missing.handler", "Runtime.ImportModuleError"],
      ["handler.missing", "Runtime.HandlerNotFound"],
    ] as const) {
      const front = await lab.start({ package: lab.pack(faults, handler), memoryMiB: 256, maximumInstances: 1 });
      for (let time = 0; time < 2; time += 1) {
        const { status, body } = await ask(front, "");
        expect([status, body["errorType"]]).to.deep.equal([500, errorType]);
      }
    }
  });

  it("is not made from what is no package, or another one than was said", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "function-test-"));
    const archive = path.join(folder, "package.zip");
    const codeOf = (error: unknown): unknown => (error instanceof UnderlayError ? error.code : error);
    try {
      writeFileSync(archive, "no archive");
      const given = lab.describe(archive);
      expect(await lab.start({ package: given }).catch(codeOf)).to.equal("package-invalid");
      writeFileSync(archive, "another");
      expect(await lab.start({ package: given }).catch(codeOf)).to.equal("package-changed");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leaves nothing running when its front is killed, and is known to be gone", async () => {
    const front = await lab.start({ package: lab.pack(faults), memoryMiB: 256, maximumInstances: 2 });
    await Promise.all([ask(front, "?do=sleep&seconds=0.2"), ask(front, "?do=sleep&seconds=0.2")]);
    expect(await lab.reads(front)).to.equal(true);
    const own = async () =>
      (await lab.leftovers()).filter(({ kind, owner }) => kind === "process" && owner === front.inputs.name);
    const node = (await own()).find(({ detail }) => detail.includes("launch.mjs") && !detail.includes("front.py"));
    process.kill(Number(node!.name), "SIGKILL");
    while ((await own()).length > 0) {
      await sleep(20);
    }
    expect(await lab.reads(front)).to.equal(false);
  });
});
