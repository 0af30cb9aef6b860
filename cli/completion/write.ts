import type { Command } from "commander";
import { environmentNames } from "../../measure/facts.ts";
import { configKeys } from "../../stacks/index.ts";
import { version } from "../version.ts";
import { bashCompletion } from "./bash.ts";
import { commandTree } from "./command-tree.ts";
import { fishCompletion } from "./fish.ts";
import { manual } from "./manual.ts";
import { zshCompletion } from "./zsh.ts";

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** A shell that there is completion for. */
export type Shell = keyof typeof scripts;

/** Prints the script that completes a command line in a shell. */
export function writeCompletion(program: Command, shell: Shell): void {
  const beginnings = { "key=value": configKeys, "environment=amount": environmentNames };
  process.stdout.write(scripts[shell](commandTree(program, beginnings)));
}

/** Prints the manual page of a command line. */
export function writeManual(program: Command): void {
  process.stdout.write(manual(commandTree(program), version));
}
