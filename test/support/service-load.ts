import { Agent, request } from "node:http";
import { existsSync } from "node:fs";
import type { Machine } from "../../provider/machine.ts";

/** Why this machine cannot build and run services; null when it can. */
export function whyNoServices({ containerEngine, root, bubblewrap, uv }: Machine): string | null {
  if (process.getuid?.() !== 0) return "a base of Debian's packages is unpacked by root alone";
  if (containerEngine?.name !== "podman") return "podman is not here";
  if (root === null || bubblewrap === null) return "there is no shared root";
  if (uv === null) return "uv is not here";
  return existsSync("/usr/bin/mmdebstrap") ? null : "mmdebstrap is not here";
}

/** An answer of a service. */
export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Asks a service for a prediction; an error of the connection is status 0. */
export function predict(url: string, body: string, agent?: Agent, kind = "application/json"): Promise<Answered> {
  return new Promise((resolve) => {
    const headers = { "content-type": kind, "content-length": Buffer.byteLength(body) };
    request(`${url}/predict`, { method: "POST", headers, ...(agent === undefined ? {} : { agent }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
      });
      response.once("error", (error) => {
        resolve({ status: 0, body: error.message });
      });
    })
      .once("error", (error) => {
        resolve({ status: 0, body: error.message });
      })
      .end(body);
  });
}

/** Clients that ask a service one thing after the other, over connections that they keep, until they are told to end. */
export class SteadyLoad {
  readonly answers: Answered[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients: Promise<void>[];
  #ended = false;

  constructor(url: string, body: string, clients = 4) {
    this.#clients = Array.from({ length: clients }, async () => {
      while (!this.#ended) this.answers.push(await predict(url, body, this.#agent));
    });
  }

  /** Answers that were no predictions. */
  get failed(): readonly Answered[] {
    return this.answers.filter(({ status }) => status !== 200);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }
}
