import { spawn } from "node:child_process";
import { once } from "node:events";
import { readMachine, required } from "../provider/machine.ts";
import { enginePath } from "./engine-path.ts";

/**
 * Runs the Pulumi CLI that set-up found, with what it starts beside it, where the command was called.
 *
 * @param words its command line
 * @returns its exit code; 1 when a signal ended it
 * @throws UnderlayError when set-up has found none
 */
export async function pulumi(words: readonly string[]): Promise<number> {
  const machine = readMachine();
  const found = required(machine, "pulumi", machine.pulumi);
  const env = { ...process.env, PATH: await enginePath(found) };
  const child = spawn(found.command, words, { stdio: "inherit", env });
  // A terminal sends Ctrl-C to both of us: it is the CLI's to cancel in order, and ours to wait.
  const ignore = (): void => undefined;
  const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
  process.on("SIGINT", ignore).on("SIGTERM", forward).on("SIGHUP", forward);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return code ?? 1;
  } finally {
    process.off("SIGINT", ignore).off("SIGTERM", forward).off("SIGHUP", forward);
  }
}
