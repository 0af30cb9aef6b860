import { execFile } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { UnderlayError } from "../../../measure/error.ts";
import type { Eviction } from "./options.ts";

const longestMs = 120_000;

/**
 * Sees to it that the next request starts an instance.
 *
 * @throws UnderlayError `eviction-failed` when the endpoint or the command says no.
 */
export async function evict(eviction: Eviction): Promise<void> {
  switch (eviction.by) {
    case "wait":
      await sleep(eviction.seconds * 1000);
      return;
    case "command": {
      const [file = "", ...args] = eviction.argv;
      await failing(promisify(execFile)(file, args, { timeout: longestMs }));
      return;
    }
    case "socket":
      await failing(post(eviction.path));
  }
}

async function post(socketPath: string): Promise<void> {
  const asked = request({ socketPath, path: "/evict", method: "POST", timeout: longestMs }).end();
  asked.on("timeout", () => asked.destroy(new Error("no answer")));
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 299) throw new Error(`it answered ${String(status)}`);
}

async function failing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UnderlayError("eviction-failed", `The endpoint's instances could not be evicted: ${why}.`);
  }
}
