import { main } from "@pulumi/pulumi/provider/index.js";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { openProgress } from "./progress.ts";
import { UnderlayProvider } from "./provider.ts";

const watchIntervalMs = 1000;

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")));

const engineAddress = process.argv.slice(2).find((word) => /^[\w.:[\]-]+:\d+$/.test(word)) ?? "127.0.0.1:0";
const provider = new UnderlayProvider(version, openProgress(engineAddress));

/** Whether the engine still listens. */
function engineAnswers(): Promise<boolean> {
  const at = engineAddress.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({ host: engineAddress.slice(0, at), port: Number(engineAddress.slice(at + 1)) });
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket
      .once("connect", () => {
        settle(true);
      })
      .once("error", () => {
        settle(false);
      });
  });
}

// An engine that was killed cannot cancel: its provider notices that it became an orphan, cleans up, and ends. The
// engine may be gone before this line is reached, so it is asked for, not only watched.
async function watchEngine(): Promise<never> {
  while (await engineAnswers()) {
    await sleep(watchIntervalMs);
  }
  await provider.cancel();
  process.exit(1);
}

await main(provider, process.argv.slice(2));
void watchEngine();
