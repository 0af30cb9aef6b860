import type { Command } from "commander";
import { collect, json } from "./options.ts";

function addPullRequest(program: Command): void {
  program
    .command("pull-request")
    .description("check, preview and price what a change builds, and write it as one comment; exit with 1 against it")
    .requiredOption("--base <reference>", "branch, tag or commit that the change began at, such as origin/main")
    .option("--output <file>", "where the comment goes (Markdown); printed unless told")
    .option("--check <command>", 'a check, without a shell, such as --check "npm test", repeatable', collect, [])
    .option("--environment <name>", "environment to preview, repeatable; all of them unless told", collect, [])
    .option("--policy-pack <folder>", "policies that previews must pass; those of this project unless told")
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
}
