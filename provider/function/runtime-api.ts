import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:http";
import { readBody } from "./body.ts";

/** Largest response of a function: AWS Lambda's 6 MB and what it allows for the envelope. */
export const maximumPayloadBytes = 6 * 1024 * 1024 + 100;

/** A request on its way to an instance. */
export interface Invocation {
  readonly requestId: string;
  /** The event, as JSON. */
  readonly event: Buffer;
  /** When the function's time is up, in ms since the epoch. */
  readonly deadlineMs: number;
  readonly arn: string;
  readonly traceId: string;
}

/** What a runtime says of an invocation. */
export type RuntimeAnswer =
  | { readonly kind: "response"; readonly body: Buffer }
  | { readonly kind: "error"; readonly errorType: string; readonly body: Buffer };

/** Told what a runtime does. */
export interface RuntimeListener {
  /** It asks for its next invocation, and waits. */
  ready(): void;
  answered(requestId: string, answer: RuntimeAnswer): void;
  /** It says that it cannot start. */
  initFailed(errorType: string, body: Buffer): void;
}

const prefix = "/2018-06-01/runtime/";

function reply(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

function errorTypeOf({ headers }: IncomingMessage, fallback: string): string {
  const given = headers["lambda-runtime-function-error-type"];
  return typeof given === "string" && given !== "" ? given : fallback;
}

/**
 * The Runtime API of AWS Lambda for one instance at a time. AWS's runtime interface clients connect to it unchanged.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly #server: Server;
  #listener: RuntimeListener | null = null;
  #waiting: ServerResponse | null = null;
  #current: string | null = null;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = 0; // The client is paused between requests, as long as the instance lives.
    this.#server.requestTimeout = 0;
    this.#server.on("connection", (socket) => socket.setNoDelay(true));
  }

  /** Listens on an inherited descriptor. */
  listen(descriptor: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject).listen({ fd: descriptor }, resolve);
    });
  }

  /** Serves another instance from now on; none with null. What the one before held open is closed. */
  attach(listener: RuntimeListener | null): void {
    this.#listener = listener;
    this.#waiting = null;
    this.#current = null;
    this.#server.closeAllConnections();
  }

  /** Hands an invocation to the runtime; false when it does not wait for one, since it has ended. */
  send(invocation: Invocation): boolean {
    const response = this.#waiting;
    if (response === null) {
      return false;
    }
    this.#waiting = null;
    this.#current = invocation.requestId;
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": invocation.event.length,
      "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
      "Lambda-Runtime-Deadline-Ms": String(invocation.deadlineMs),
      "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
      "Lambda-Runtime-Trace-Id": invocation.traceId,
    });
    response.end(invocation.event);
    return true;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "" } = request;
    const route = url.startsWith(prefix) ? `${method ?? ""} ${url.slice(prefix.length)}` : "";
    if (route === "GET invocation/next") {
      this.#next(response);
      return;
    }
    if (route === "POST init/error") {
      const body = await readBody(request, maximumPayloadBytes);
      this.#listener?.initFailed(errorTypeOf(request, "Runtime.InitError"), body ?? Buffer.alloc(0));
      reply(response, 202, { status: "OK" });
      return;
    }
    const [, requestId, verb] = /^POST invocation\/([^/]+)\/(response|error)$/.exec(route) ?? [];
    if (requestId === undefined) {
      reply(response, 404, { errorMessage: `No ${method ?? ""} ${url}`, errorType: "InvalidPath" });
      return;
    }
    await this.#answer(request, response, requestId, verb === "response");
  }

  #next(response: ServerResponse): void {
    this.#waiting = response;
    response.on("close", () => {
      if (this.#waiting === response) {
        this.#waiting = null;
      }
    });
    this.#listener?.ready();
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    succeeded: boolean,
  ): Promise<void> {
    const body = await readBody(request, maximumPayloadBytes);
    if (requestId !== this.#current) {
      reply(response, 400, { errorMessage: "Invalid request ID", errorType: "InvalidRequestID" });
      return;
    }
    this.#current = null;
    if (body === null) {
      const errorType = "Function.ResponseSizeTooLarge";
      const error = { errorMessage: `Response exceeds ${String(maximumPayloadBytes)} bytes`, errorType };
      this.#listener?.answered(requestId, { kind: "error", errorType, body: Buffer.from(JSON.stringify(error)) });
      reply(response, 413, error);
      return;
    }
    const answer: RuntimeAnswer = succeeded
      ? { kind: "response", body }
      : { kind: "error", errorType: errorTypeOf(request, errorTypeIn(body)), body };
    this.#listener?.answered(requestId, answer);
    reply(response, 202, { status: "OK" });
  }
}

/** The type within a runtime's description of an error. */
function errorTypeIn(body: Buffer): string {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    const type = typeof parsed === "object" && parsed !== null && "errorType" in parsed ? parsed.errorType : null;
    return typeof type === "string" && type !== "" ? type : "Runtime.Unknown";
  } catch {
    return "Runtime.Unknown";
  }
}
