import { type Command, Option } from "commander";
import { scenarioNames } from "../../measure/scenario.ts";
import { collect, json } from "./options.ts";

function addResults(program: Command): void {
  program
    .command("results")
    .description("print the results of the last start, or of a record")
    .argument("[record]", "record file (JSON Lines)")
    .option("--out <folder>", "folder of the results", "out")
    .addOption(json())
    .option("--csv", "print the samples as CSV")
    .option("--prometheus", "print the Prometheus text format")
    .action(async (record: string | undefined, options: import("../results.ts").ResultsOptions) => {
      (await import("../results.ts")).printResults(record, options);
    });
}

function addReport(program: Command): void {
  program
    .command("report")
    .description("write the report of the last start, or of a record")
    .argument("[record]", "record file (JSON Lines)")
    .option("--out <folder>", "folder of the results", "out")
    .option("--markdown", "print Markdown for a pull request instead")
    .action(async (record: string | undefined, options: { out: string; markdown?: boolean }) => {
      await (await import("../report.ts")).report(record, options);
    });
}

function addTraces(program: Command): void {
  program
    .command("traces")
    .description("print a record as an OpenTelemetry trace: a span for each stage, session and block")
    .argument("[record]", "record file (JSON Lines)")
    .option("--out <folder>", "folder of the results", "out")
    .option("--file <file>", "write it there, as OTLP's JSON")
    .option("--endpoint <url>", "send it to a collector by OTLP over HTTP, such as http://localhost:4318")
    .action(async (record: string | undefined, options: import("../traces.ts").TracesOptions) => {
      await (await import("../traces.ts")).traces(record, options);
    });
}

function addCompare(program: Command): void {
  program
    .command("compare")
    .description("hold one record against another: another day, another machine, another framework")
    .argument("<before>", "record file (JSON Lines), or folder of results")
    .argument("<after>", "record file (JSON Lines), or folder of results")
    .option("--slower-than <factor>", "exit with 1 when something is surely slower by more than this, such as 1.10")
    .option(
      "--junit <file>",
      "write it as JUnit's XML too, a test case for each number; what is slower than that fails",
    )
    .addOption(json())
    .action(async (before: string, after: string, options: import("../compare.ts").CompareOptions) => {
      process.exitCode = (await import("../compare.ts")).compare(before, after, options);
    });
}

function addAdvise(program: Command): void {
  program
    .command("advise")
    .description("say what to run a workload on, by what was measured before; exit with 1 when nothing qualifies")
    .option("--workload <name>", "what is to run", "training")
    .option("--model <name>", "model; needed where several were measured")
    .addOption(new Option("--scenario <name>", "only this scenario").choices(scenarioNames))
    .option("--batch-size <number>", "images per step; the largest that was measured unless told")
    .option("--slowdown <factor>", "times slower than the baseline that you accept", "1.10")
    .addOption(
      new Option("--metric <name>", "elapsed: time from launch to end must be within it besides throughput")
        .choices(["throughput", "elapsed"])
        .default("throughput"),
    )
    .option("--price <environment=amount>", "price of one host for an hour, repeatable", collect, [])
    .option("--from <path>", "folder of a study or of results, or a file of results", "out")
    .addOption(json())
    .action(async (options: import("../advise.ts").AdviseOptions) => {
      process.exitCode = (await import("../advise.ts")).adviseOn(options);
    });
}

/** Adds the commands that read what was measured. */
export function addResultsCommands(program: Command): void {
  program.commandsGroup("Read what was measured:");
  addResults(program);
  addReport(program);
  addTraces(program);
  addCompare(program);
  addAdvise(program);
}
