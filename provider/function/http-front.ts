import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { billedMs } from "../../measure/function-edition.ts";
import { formatReport } from "../../measure/function-report.ts";
import { readBody } from "./body.ts";
import type { FrontConfiguration } from "./configuration.ts";
import { eventOf, type HttpResponse, responseOf } from "./event.ts";
import type { FunctionLog } from "./function-log.ts";
import type { Outcome } from "./instance.ts";
import type { Invoked, Pool } from "./pool.ts";
import { maximumPayloadBytes } from "./runtime-api.ts";

/** Largest request of an HTTP API. */
const maximumRequestBytes = 10 * 1024 * 1024;
/** An HTTP API waits no longer for a request's bytes. */
const requestTimeoutMs = 30_000;
const route = "/predict";

function said(status: number, message: string, more: Readonly<Record<string, string>> = {}): HttpResponse {
  const body = Buffer.from(JSON.stringify({ message, ...more }));
  return { status, headers: { "content-type": "application/json" }, body };
}

const tooLarge = said(413, "Request Entity Too Large");

/** The trace header that AWS X-Ray would have given. */
function traceId(timeMs: number): string {
  const seconds = Math.floor(timeMs / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")};Parent=${randomBytes(8).toString("hex")};Sampled=0`;
}

/** What a client is told of an invocation. */
function responseTo(outcome: Outcome, requestId: string): HttpResponse {
  switch (outcome.kind) {
    case "response": {
      const errorType = "Function.InvalidResponse";
      return responseOf(outcome.body) ?? said(500, "Internal Server Error", { errorType, requestId });
    }
    case "timeout":
      return said(504, "Endpoint request timed out", { errorType: "Sandbox.Timedout", requestId });
    case "error":
      return said(500, "Internal Server Error", { errorType: outcome.errorType, requestId });
  }
}

/** The front of a function: HTTP in, events to its instances, HTTP out, and a report of each. */
export class HttpFront {
  readonly server: Server;
  readonly #configuration: FrontConfiguration;
  readonly #pool: Pool;
  readonly #log: FunctionLog;
  readonly #arn: string;

  constructor(configuration: FrontConfiguration, pool: Pool, log: FunctionLog) {
    this.#configuration = configuration;
    this.#pool = pool;
    this.#log = log;
    this.#arn = `arn:aws:lambda:local:000000000000:function:${configuration.name}`;
    this.server = createServer({ requestTimeout: requestTimeoutMs, noDelay: true }, (request, response) => {
      // A client that goes away while it is read ends nothing but its own request.
      void this.#serve(request, response).catch(() => response.destroy());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const answer = await this.#answerTo(request, requestId);
    const invoked = "outcome" in answer ? answer : null;
    const { status, headers, body } = "outcome" in answer ? responseTo(answer.outcome, requestId) : answer;
    if (!response.destroyed) {
      const own = { "content-length": body.length, "apigw-requestid": requestId };
      response.writeHead(status, { ...headers, ...own }).end(body);
    }
    if (invoked !== null) {
      this.#report(requestId, invoked);
    }
  }

  async #answerTo(request: IncomingMessage, requestId: string): Promise<HttpResponse | Invoked> {
    const { method = "", url = "", headers } = request;
    const timeMs = Date.now();
    if (url.split("?", 1)[0] !== route || (method !== "GET" && method !== "POST")) {
      request.resume();
      return said(404, "Not Found");
    }
    const body = await readBody(request, maximumRequestBytes);
    if (body === null) {
      return tooLarge;
    }
    const sourceIp = request.socket.remoteAddress ?? "";
    const event = eventOf({ method, url, headers, sourceIp, body, requestId, timeMs });
    if (event.length > maximumPayloadBytes) {
      return tooLarge;
    }
    const invoked = await this.#pool.run({ requestId, event, arn: this.#arn, traceId: traceId(timeMs) });
    return invoked ?? said(429, "Too Many Requests");
  }

  #report(requestId: string, invoked: Invoked): void {
    const { outcome, durationMs, initMs, sandboxMs } = invoked;
    const { memoryMiB, edition, timeoutSec } = this.#configuration;
    const errorType = outcome.kind === "error" ? outcome.errorType : null;
    const report = formatReport({
      requestId,
      durationMs,
      billedDurationMs: billedMs(durationMs, initMs ?? 0, edition),
      memorySizeMiB: memoryMiB,
      maxMemoryUsedMiB: invoked.maxMemoryMiB(),
      initDurationMs: initMs,
      sandboxDurationMs: sandboxMs,
      status: outcome.kind === "response" ? null : outcome.kind,
      errorType,
    });
    const about = { error: `${errorType ?? ""} ${messageIn(outcome)}`, timeout: timedOut(timeoutSec), response: null };
    const note = about[outcome.kind];
    this.#log.lines(
      `START RequestId: ${requestId} Version: $LATEST`,
      ...(note === null ? [] : [`${new Date().toISOString()} ${requestId} ${note}`]),
      `END RequestId: ${requestId}`,
      report,
    );
  }
}

function messageIn(outcome: Outcome): string {
  return outcome.kind === "error" ? outcome.message.replaceAll("\n", " ") : "";
}

const timedOut = (timeoutSec: number): string => `Task timed out after ${timeoutSec.toFixed(2)} seconds`;
