import { request } from "node:http";
import { UnderlayError } from "../../measure/error.ts";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** From the request's first byte to the answer's last, in ms. */
  readonly ms: number;
}

/** A request to a server at a Unix socket. */
export interface SocketRequest {
  readonly socket: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string | undefined;
  readonly timeoutSec: number;
}

/**
 * Asks a server at a Unix socket.
 *
 * @throws UnderlayError `request-failed` when it does not answer in time, or at all
 */
export function ask({ socket, method, path, body, timeoutSec }: SocketRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const headers =
      body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const fail = (why: string): void => {
      reject(new UnderlayError("request-failed", `${method} ${path} was not answered: ${why}.`));
    };
    const asked = request({ socketPath: socket, method, path, headers, timeout: timeoutSec * 1000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", (error) => {
        fail(error.message);
      });
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, body: text, ms: performance.now() - started });
      });
    });
    asked.once("timeout", () => asked.destroy(new Error(`not within ${String(timeoutSec)} s`)));
    asked.once("error", (error) => {
      fail(error.message);
    });
    asked.end(body);
  });
}
