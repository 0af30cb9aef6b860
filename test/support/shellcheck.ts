import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readMachine } from "./machine.mjs";

/** The program shellcheck: that of the development tools, or the system's own; null when there is none. */
export function findShellcheck(): string | null {
  const python = readMachine()?.python?.command;
  const ours = python === undefined ? null : join(dirname(python), "shellcheck");
  return [ours, "shellcheck"].find((command) => command !== null && works(command)) ?? null;
}

function works(command: string): boolean {
  return (!command.includes("/") || existsSync(command)) && spawnSync(command, ["--version"]).status === 0;
}
