import type { Command } from "commander";
import { json } from "./options.ts";

function addDetect(program: Command): void {
  program
    .command("detect")
    .description(
      "say what a model's source needs, from its source alone; exit with 1 when something could not be read or served",
    )
    .argument("<path>", "a module, a notebook, a model's file, or a folder of these")
    .option("--lock <file>", "resolve what was found, and write a lock with hashes")
    .option("--python <version>", "version of Python to lock for; chosen by the source unless told")
    .option("--cuda", "lock for NVIDIA accelerators")
    .addOption(json())
    .action(async (path: string, options: import("../detect.ts").DetectOptions) => {
      process.exitCode = await (await import("../detect.ts")).detect(path, options);
    });
}

/** Adds the commands for sources of models. */
export function addModelsCommands(program: Command): void {
  program.commandsGroup("Models:");
  addDetect(program);
}
