import type { Command } from "commander";
import { collect, json } from "./options.ts";

function addPullRequest(program: Command): void {
  program
    .command("pull-request")
    .description(
      "check, preview and price what a change builds, of all environments unless told, as one comment; exit with 1 against it",
    )
    .requiredOption("--base <reference>", "branch, tag or commit that the change began at, such as origin/main")
    .option("--output <file>", "where the comment goes (Markdown); printed unless told")
    .option("--check <command>", 'a check, without a shell, such as --check "npm test", repeatable', collect, [])
    .option("--environment <name>", "environment to preview, repeatable", collect, [])
    .option("--stack <name>", "stack to preview, by Pulumi.NAME.yaml as it is and as it was, repeatable", collect, [])
    .option("--policy-pack <folder>", "policies that previews must pass; those of this project unless told")
    .option("--policy-pack-config <file>", "what these are configured by, such as a budget (JSON)")
    .option("--hours <number>", "hours that costs are told for", "1")
    .option("--price-book <file>", "what your own machines cost (JSON; docs/schemas/private-price-book.schema.json)")
    .option("--measure", "play the quick comparison, and report it in the comment")
    .option("--before <record>", "with --measure: an earlier record, such as last week's, that it is held against")
    .option("--slower-than <factor>", "with --before: what is surely slower by more than this stands against", "1.10")
    .option("--config <key=value>", "any other configuration key, repeatable", collect, [])
    .option("--out <folder>", "with --measure: folder of the results", "out/pull-request")
    .action(async (options: import("../pull-request.ts").PullRequestOptions) => {
      process.exitCode = await (await import("../pull-request.ts")).pullRequest(options);
    });
}

function addMatrix(program: Command): void {
  program
    .command("matrix")
    .description("preview and price every stack of a matrix, so many at a time; exit with 1 when one is refused")
    .argument("<file>", "a list of values for each key of the configuration (YAML or JSON)")
    .option("--parallel <number>", "previews at a time; as many as there are CPUs unless told")
    .option("--policy-pack <folder>", "policies that previews must pass; those of this project unless told")
    .option("--policy-pack-config <file>", "what these are configured by, such as a budget (JSON)")
    .option("--price-book <file>", "what your own machines cost (JSON; docs/schemas/private-price-book.schema.json)")
    .option("--config <key=value>", "any other configuration key, repeatable", collect, [])
    .addOption(json())
    .action(async (file: string, options: import("../matrix.ts").MatrixOptions) => {
      process.exitCode = await (await import("../matrix.ts")).matrix(file, options);
    });
}

function addLs(program: Command): void {
  program
    .command("ls")
    .description("list stacks with their run, age, owner, expiry and what they have cost so far")
    .option("--expired", "only those that have stood too long")
    .option("--price-book <file>", "what your own machines cost (JSON; docs/schemas/private-price-book.schema.json)")
    .option("--here <name>", "machine of the price book that this one is, for stacks that use it")
    .option("--region <name>", "region of AWS that stacks are in; their providers' unless told")
    .addOption(json())
    .action(async (options: import("../ls.ts").LsOptions) => {
      process.exitCode = await (await import("../ls.ts")).ls(options);
    });
}

/** Adds the commands of teams: what is asked of changes and of what stands. */
export function addOperationsCommands(program: Command): void {
  program.commandsGroup("Operations:");
  addLs(program);
  addPullRequest(program);
  addMatrix(program);
}
