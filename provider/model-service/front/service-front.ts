import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A container that answers, by the Unix socket of its server. */
export interface Backend {
  readonly socket: string;
  /** Version of what it serves. */
  readonly version: string;
}

/**
 * Idle connections to a container are closed after so long, in ms: before its server does so, or a request could meet the
 * closing of its connection.
 */
const idleMs = 30_000;

/** Headers that concern one connection alone (RFC 9110, section 7.6.1). */
const ofConnection = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

interface Standing extends Backend {
  readonly agent: Agent;
  underWay: number;
}

function said(response: ServerResponse, status: number, code: string, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { "content-type": "application/json", "retry-after": "1" });
  response.end(JSON.stringify({ error: { code, message } }));
}

/**
 * One address in front of the container that serves now. Clients keep their connections while one container takes the place
 * of another: new requests go to the new one at once, and those under way end where they are.
 */
export class ServiceFront {
  readonly server: Server;
  #current: Standing | null = null;

  constructor() {
    this.server = createServer({ noDelay: true, keepAliveTimeout: 75_000, requestTimeout: 0 }, (incoming, response) => {
      this.#forward(incoming, response);
    });
  }

  /** Version that answers now; null before the first one. */
  get version(): string | null {
    return this.#current?.version ?? null;
  }

  /** Listens on loopback; returns its address. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject).listen({ host: "127.0.0.1", port, backlog: 4096 }, resolve);
    });
    const address = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${String(address.port)}`;
  }

  /**
   * Sends what comes from now on to another container.
   *
   * @param backend the one that answers then
   * @param drainSec longest wait for requests under way at the one before, in seconds
   * @returns when nothing is under way at the one before any more, or the time is up
   */
  async switchTo(backend: Backend, drainSec: number): Promise<void> {
    const before = this.#current;
    const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: idleMs });
    this.#current = { ...backend, agent, underWay: 0 };
    if (before === null) return;
    for (const end = Date.now() + drainSec * 1000; before.underWay > 0 && Date.now() < end;) {
      await sleep(5);
    }
    before.agent.destroy();
  }

  /** Takes no more, and waits for what is under way. */
  async close(drainSec: number): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
    this.server.closeIdleConnections();
    await Promise.race([closed, sleep(drainSec * 1000, undefined, { ref: false })]);
    this.server.closeAllConnections();
    this.#current?.agent.destroy();
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    const backend = this.#current;
    if (backend === null) {
      incoming.resume();
      said(response, 503, "not-started", "Nothing serves here yet.");
      return;
    }
    backend.underWay += 1;
    let counted = true;
    const leave = (): void => {
      if (counted) backend.underWay -= 1;
      counted = false;
    };
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !ofConnection.has(name)));
    const chunked = incoming.headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" };
    const { method, url } = incoming;
    const options = {
      socketPath: backend.socket,
      agent: backend.agent,
      method,
      path: url,
      headers: { ...headers, ...chunked },
    };
    const outgoing = request(options, (answer) => {
      const own = Object.entries(answer.headers).filter(([name]) => !ofConnection.has(name));
      response.writeHead(answer.statusCode ?? 502, Object.fromEntries(own));
      answer.pipe(response).once("finish", leave);
    });
    outgoing.once("error", () => {
      leave();
      said(response, 502, "backend-unavailable", "The container that serves does not answer.");
    });
    response.once("close", () => {
      leave();
      if (!response.writableFinished) outgoing.destroy();
    });
    incoming.pipe(outgoing);
  }
}
