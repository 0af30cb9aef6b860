import { main } from "@pulumi/pulumi/provider/index.js";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { openProgress } from "./progress.ts";
import { UnderlayProvider } from "./provider.ts";

const watchIntervalMs = 500;

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")));

const engineAddress = process.argv.slice(2).find((word) => /^[\w.:[\]-]+:\d+$/.test(word)) ?? "127.0.0.1:0";
const provider = new UnderlayProvider(version, openProgress(engineAddress));

// An engine that was killed cannot cancel: its provider notices that it became an orphan, cleans up, and ends.
const engine = process.ppid;
const watch = setInterval(() => {
  if (process.ppid !== engine) {
    clearInterval(watch);
    void provider.cancel().finally(() => process.exit(1));
  }
}, watchIntervalMs);

await main(provider, process.argv.slice(2));
