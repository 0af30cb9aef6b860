import { Argument, type Command, Option } from "commander";
import { collect, json } from "./options.ts";

const profiles = ["quick", "paper"];

function addStart(program: Command): void {
  program
    .command("start", { isDefault: false })
    .description("provision, measure, report and tear down: the main job")
    .option("--data <folder>", "folder of JPEG photographs to train on, instead of the small set that set-up made")
    .addOption(new Option("--profile <name>", "size of the training").choices(profiles))
    .addOption(new Option("--model <name>", "model to train").choices(["resnet50", "inception-v3", "alexnet"]))
    .option("--config <key=value>", "any other configuration key, repeatable", collect, [])
    .option("--out <folder>", "folder for the report, the results and the records", "out")
    .option("--keep", "leave the environments standing; the next start goes on from there", false)
    .action(async (options: import("../start.ts").StartOptions) => {
      process.exitCode = await (await import("../start.ts")).start(options);
    });
}

function addStudy(program: Command): void {
  program
    .command("study")
    .description("play a published study again: every cell that is not measured yet, then the report of all")
    .addArgument(new Argument("<name>", "the study").choices(["lin-2018", "ishakian-2018"]))
    .addOption(new Option("--profile <name>", "size of the training or the load").choices(profiles).default("quick"))
    .option("--data <folder>", "folder of an ImageNet-format data set, instead of a small one that is made")
    .option("--only <text>", "cells with this in their name, repeatable", collect, [])
    .option("--cell <id>", "only this cell, without the report of all, repeatable", collect, [])
    .addOption(
      new Option("--on <system>", "play cells as an array of jobs of this cluster, not here").choices(["slurm"]),
    )
    .option("--parallel <number>", "with --on: most cells at a time; as many as there is room for unless told")
    .option("--sbatch <option>", "with --on slurm: an option of sbatch, such as --exclusive, repeatable", collect, [])
    .option("--config <key=value>", "any other configuration key, repeatable", collect, [])
    .option("--out <folder>", "folder for the study", "out")
    .option("--list", "only list the cells, and which are measured")
    .addOption(json())
    .action(async (name: string, options: import("../study.ts").StudyOptions) => {
      process.exitCode =
        name === "ishakian-2018"
          ? await (await import("../serving-study.ts")).servingStudy(name, options)
          : await (await import("../study.ts")).study(name, options);
    });
}

/** Adds the commands that measure. */
export function addMeasuringCommands(program: Command): void {
  program.commandsGroup("Measure:");
  addStart(program);
  addStudy(program);
}
