import { Agent, get, request } from "node:http";
import { fileURLToPath } from "node:url";
import { UnderlayError } from "../measure/error.ts";
import { readMachine } from "../provider/machine.ts";
import { clearRun } from "../provider/run.ts";
import { FunctionLab, type StandingFront, whyNoFunctions } from "../test/support/function.ts";

/** Folder of a function that does nothing unless it is asked to. */
export const idleFunction = fileURLToPath(new URL("../test/fixtures/function/faults", import.meta.url));

/** Lends functions that stand without an engine, and removes all that carries their run id at the end. */
export async function withFunctions<T>(work: (lab: FunctionLab) => Promise<T>): Promise<T> {
  const reason = whyNoFunctions(readMachine());
  if (reason !== null) {
    throw new UnderlayError("functions-unavailable", `This machine cannot run functions: ${reason}.`);
  }
  const lab = new FunctionLab();
  try {
    return await work(lab);
  } finally {
    await lab.end();
    await clearRun(lab.runId);
  }
}

/** Ends all idle instances of a function. */
export function evict({ control }: StandingFront): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ socketPath: control.socket, method: "POST", path: "/evict" }, (response) => {
      response.resume().on("end", resolve);
    })
      .on("error", reject)
      .end();
  });
}

/** A client that asks for one thing after another over one connection. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;

  constructor({ url }: StandingFront) {
    this.#url = `${url}/predict`;
  }

  /** Asks, and tells the answer and how long it took, in ms. */
  ask(query = ""): Promise<{ readonly ms: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const start = performance.now();
      get(`${this.#url}${query}`, { agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const body = Buffer.concat(chunks).toString("utf8");
          if (response.statusCode === 200) {
            resolve({ ms: performance.now() - start, body });
          } else {
            reject(new UnderlayError("request-failed", `${String(response.statusCode)}: ${body}`));
          }
        });
      }).on("error", reject);
    });
  }

  end(): void {
    this.#agent.destroy();
  }
}
