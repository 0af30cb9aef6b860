import { type Command, Option } from "commander";
import { autotuneDefaults } from "../autotune-defaults.ts";
import { nodesDefaults } from "../nodes-defaults.ts";
import { tuneDefaults } from "../tune-defaults.ts";
import { collect, json } from "./options.ts";

function addOptimise(program: Command): void {
  program
    .command("optimise")
    .description(
      "choose the image for a job and write its script, from a request in MODAK's format; exit with 1 for none",
    )
    .argument("<file>", "the request (JSON)")
    .option("--dry-run", "write nothing: print the script")
    .option("--run", "build the image, train in it through a Slurm on this machine, and keep what was measured")
    .option("--measurements <file>", "measured speeds of images (JSON), which the choice rests on; yours unless told")
    .option("--model <file>", "performance model (JSON), which predicts the speed of images that were not measured")
    .option(
      "--nodes <file>",
      "times of several nodes (JSON), as `nodes` writes them: says what node_count is beside the best",
    )
    .option("--data <folder>", "with --run: MNIST's IDX files or ImageNet's shards, instead of a set that is made")
    .option("--epochs <number>", "with --run: epochs of each training, 4 or more for an interval")
    .option("--images <number>", "with --run: images of an epoch; the whole set unless told")
    .option("--batch-size <number>", "with --run: images of a step")
    .option("--rounds <number>", "with --run: trainings of each configuration")
    .option("--config <key=value>", "with --run: any other configuration key, repeatable", collect, [])
    .option("--out <folder>", "folder for the script, records and the report", "out/jobs")
    .addOption(json())
    .action(async (file: string, options: import("../optimise.ts").OptimiseOptions) => {
      const { optimiseFile, runFile } = await import("../optimise.ts");
      process.exitCode = options.run === true ? await runFile(file, options) : optimiseFile(file, options);
    });
}

function addAutotune(program: Command): void {
  program
    .command("autotune")
    .description(
      "search the settings of a training, such as threads, compiler and batch, and prove them against the defaults",
    )
    .addOption(new Option("--model <name>", "model to train").choices(["mnist-cnn", "resnet-50"]).default("mnist-cnn"))
    .addOption(new Option("--framework <name>", "framework").choices(["tensorflow", "pytorch"]).default("tensorflow"))
    .requiredOption("--data <folder>", "images to train on: IDX files of MNIST, or shards in ImageNet's format")
    .option("--minutes <number>", "time for all of it", autotuneDefaults.minutes)
    .option("--steps <counts>", "timed steps of a session by rung, such as 20,60,180")
    .option("--limit <seconds>", "longest time of one session; a quarter of all unless told")
    .option("--fix <setting=value>", "a setting that is not searched, such as batch=128, repeatable", collect, [])
    .option("--seed <number>", "seed of the search", autotuneDefaults.seed)
    .option("--target <name>", "name of this machine, as requests give it", autotuneDefaults.target)
    .option("--resume", "go on with the search before")
    .option("--out <folder>", "folder for the result", autotuneDefaults.out)
    .addOption(json())
    .action(async (options: import("../autotune.ts").AutotuneOptions) => {
      process.exitCode = await (await import("../autotune.ts")).autotune(options);
    });
}

function addPerformanceModel(program: Command): void {
  program
    .command("performance-model")
    .description("fit a model of training times to records; prints how far off it is on images that it had not seen")
    .argument("<records...>", "records of trainings by epochs, or folders of them, all measured on one target")
    .option("--probe <file>", "what `probe.py` measured of the target (JSON); this machine is probed unless told")
    .option("--target <name>", "name of the target, as requests give it", autotuneDefaults.target)
    .option("--add-to <file>", "an earlier model, whose records count too")
    .option("--out <file>", "where the model goes", "out/performance-model.json")
    .addOption(json())
    .action(async (records: string[], options: import("../performance-model.ts").PerformanceModelOptions) => {
      process.exitCode = await (await import("../performance-model.ts")).fitModel(records, options);
    });
}

function addNodes(program: Command): void {
  program
    .command("nodes")
    .description(
      "say how many nodes a training is best given, by records of it on several; exit with 1 when only a guess is had",
    )
    .argument("<records...>", "records of single and distributed trainings (JSON Lines), or folders of them")
    .option("--model <name>", "model; needed where the records have several")
    .option("--environment <name>", "environment; needed where the records have several")
    .option("--batch-size <number>", "images of a step on each node; needed where the records have several")
    .option("--most <number>", "nodes that can be had", nodesDefaults.most)
    .option("--efficiency <share>", "least speed-up per node that is accepted, from 0 to 1", nodesDefaults.efficiency)
    .option("--extrapolate", "also say what lies beyond the numbers of nodes that were measured, marked as such")
    .option("--target <name>", "name of the target, as requests give it", autotuneDefaults.target)
    .option("--out <file>", "where the times go that `optimise --nodes` reads", nodesDefaults.out)
    .addOption(json())
    .action(async (records: string[], options: import("../nodes.ts").NodesOptions) => {
      process.exitCode = (await import("../nodes.ts")).adviseNodes(records, options);
    });
}

function addTune(program: Command): void {
  program
    .command("tune")
    .description(
      "say what memory to give a function: measure sizes that are not measured yet, hold latency against cost",
    )
    .addOption(
      new Option("--model <name>", "model to serve")
        .choices(["squeezenet-1.0", "resnet-18", "resnext-50"])
        .default("squeezenet-1.0"),
    )
    .option("--memory <sizes>", "sizes in MiB, separated by commas", tuneDefaults.memory)
    .addOption(new Option("--profile <name>", "size of the load").choices(["quick", "paper"]).default("quick"))
    .option("--weight <share>", "weight of latency against cost: 0 is cost alone, 1 is latency alone", "0.5")
    .option("--latency <seconds>", "take the cheapest whose warm latency is credibly within this, instead of a weight")
    .option("--percentile <number>", "percentile that --latency is about, such as 95; the mean unless told")
    .option("--prices <name>", "aws-2026, aws-2017, or a file of your own", "aws-2026")
    .option(
      "--price <environment=amount>",
      "price of a host for an hour, for the break-even rate, repeatable",
      collect,
      [],
    )
    .option("--from <path>", "folder of earlier records, whose sizes are not measured again, repeatable", collect, [])
    .option("--no-measure", "only use what was measured before")
    .option("--config <key=value>", "any other configuration key, repeatable", collect, [])
    .option("--out <folder>", "folder for records and the report", "out")
    .addOption(json())
    .action(async (options: import("../tune.ts").TuneOptions) => {
      process.exitCode = await (await import("../tune.ts")).tuneMemory(options);
    });
}

/** Adds the commands that choose, tune and predict. */
export function addChoosingCommands(program: Command): void {
  program.commandsGroup("Choose and tune:");
  addOptimise(program);
  addAutotune(program);
  addPerformanceModel(program);
  addNodes(program);
  addTune(program);
}
