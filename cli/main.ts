import { Argument, Command, Option } from "commander";
import pc from "picocolors";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { scenarioNames } from "../measure/scenario.ts";
import { autotuneDefaults } from "./autotune-defaults.ts";
import { dataSetDefaults } from "./data-set-defaults.ts";
import { tuneDefaults } from "./tune-defaults.ts";
import { version } from "./version.ts";

const program = new Command("underlay")
  .description("One deep-learning job on every kind of infrastructure, measured and compared.")
  .version(version)
  .showHelpAfterError("(add --help for all commands and options)")
  .configureOutput({
    outputError: (text, write) => {
      write(pc.red(text));
    },
  });

const json = new Option("--json", "print JSON");

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

program
  .command("start", { isDefault: false })
  .description("provision, measure, report and tear down: the main job")
  .option("--data <folder>", "folder of JPEG photographs to train on, instead of the small set that set-up made")
  .option("--profile <name>", "size of the training: quick or paper")
  .option("--model <name>", "model to train: resnet50, inception-v3 or alexnet")
  .option("--config <key=value>", "any other configuration key, repeatable", collect, [])
  .option("--out <folder>", "folder for the report, the results and the records", "out")
  .option("--keep", "leave the environments standing; the next start goes on from there", false)
  .action(async (options: import("./start.ts").StartOptions) => {
    process.exitCode = await (await import("./start.ts")).start(options);
  });

program
  .command("study")
  .description("play a published study again: every cell that is not measured yet, then the report of all")
  .argument("<name>", "lin-2018 or ishakian-2018")
  .option("--profile <name>", "size of the training: quick or paper", "quick")
  .option("--data <folder>", "folder of an ImageNet-format data set, instead of a small one that is made")
  .option("--only <text>", "cells with this in their name, repeatable", collect, [])
  .option("--config <key=value>", "any other configuration key, repeatable", collect, [])
  .option("--out <folder>", "folder for the study", "out")
  .option("--list", "only list the cells, and which are measured")
  .addOption(json)
  .action(async (name: string, options: import("./study.ts").StudyOptions) => {
    process.exitCode =
      name === "ishakian-2018"
        ? await (await import("./serving-study.ts")).servingStudy(name, options)
        : await (await import("./study.ts")).study(name, options);
  });

program
  .command("tune")
  .description("say what memory to give a function: measure sizes that are not measured yet, hold latency against cost")
  .option("--model <name>", "model to serve: squeezenet-1.0, resnet-18 or resnext-50", "squeezenet-1.0")
  .option("--memory <sizes>", "sizes in MiB, separated by commas", tuneDefaults.memory)
  .option("--profile <name>", "size of the load: quick or paper", "quick")
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
  .addOption(json)
  .action(async (options: import("./tune.ts").TuneOptions) => {
    process.exitCode = await (await import("./tune.ts")).tuneMemory(options);
  });

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
  .addOption(json)
  .action(async (options: import("./advise.ts").AdviseOptions) => {
    process.exitCode = (await import("./advise.ts")).adviseOn(options);
  });

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
  .option("--data <folder>", "with --run: MNIST's IDX files or ImageNet's shards, instead of a set that is made")
  .option("--epochs <number>", "with --run: epochs of each training, 4 or more for an interval")
  .option("--images <number>", "with --run: images of an epoch; the whole set unless told")
  .option("--batch-size <number>", "with --run: images of a step")
  .option("--rounds <number>", "with --run: trainings of each configuration")
  .option("--config <key=value>", "with --run: any other configuration key, repeatable", collect, [])
  .option("--out <folder>", "folder for the script, records and the report", "out/jobs")
  .addOption(json)
  .action(async (file: string, options: import("./optimise.ts").OptimiseOptions) => {
    const { optimiseFile, runFile } = await import("./optimise.ts");
    process.exitCode = options.run === true ? await runFile(file, options) : optimiseFile(file, options);
  });

program
  .command("performance-model")
  .description("fit a model of training times to records; prints how far off it is on images that it had not seen")
  .argument("<records...>", "records of trainings by epochs, or folders of them, all measured on one target")
  .option("--probe <file>", "what `probe.py` measured of the target (JSON); this machine is probed unless told")
  .option("--target <name>", "name of the target, as requests give it", autotuneDefaults.target)
  .option("--add-to <file>", "an earlier model, whose records count too")
  .option("--out <file>", "where the model goes", "out/performance-model.json")
  .addOption(json)
  .action(async (records: string[], options: import("./performance-model.ts").PerformanceModelOptions) => {
    process.exitCode = await (await import("./performance-model.ts")).fitModel(records, options);
  });

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
  .addOption(json)
  .action(async (options: import("./autotune.ts").AutotuneOptions) => {
    process.exitCode = await (await import("./autotune.ts")).autotune(options);
  });

program
  .command("doctor")
  .description("list what set-up found on this machine, each with its remedy")
  .addOption(
    new Option("--target <name>", "local: this machine; openstack: the cloud of the environment, and this compute host")
      .choices(["local", "openstack"])
      .default("local"),
  )
  .addOption(json)
  .action(async (options: { json?: boolean; target: "local" | "openstack" }) => {
    process.exitCode = await (await import("./doctor.ts")).doctor(options.target, options.json ?? false);
  });

program
  .command("results")
  .description("print the results of the last start, or of a record")
  .argument("[record]", "record file (JSON Lines)")
  .option("--out <folder>", "folder of the results", "out")
  .addOption(json)
  .option("--csv", "print the samples as CSV")
  .option("--prometheus", "print the Prometheus text format")
  .action(async (record: string | undefined, options: import("./results.ts").ResultsOptions) => {
    (await import("./results.ts")).printResults(record, options);
  });

program
  .command("report")
  .description("write the report of the last start, or of a record")
  .argument("[record]", "record file (JSON Lines)")
  .option("--out <folder>", "folder of the results", "out")
  .option("--markdown", "print Markdown for a pull request instead")
  .action(async (record: string | undefined, options: { out: string; markdown?: boolean }) => {
    await (await import("./report.ts")).report(record, options);
  });

program
  .command("compare")
  .description("hold one record against another: another day, another machine, another framework")
  .argument("<before>", "record file (JSON Lines), or folder of results")
  .argument("<after>", "record file (JSON Lines), or folder of results")
  .option("--slower-than <factor>", "exit with 1 when something is surely slower by more than this, such as 1.10")
  .option("--junit <file>", "write it as JUnit's XML too, a test case for each number; what is slower than that fails")
  .addOption(json)
  .action(async (before: string, after: string, options: import("./compare.ts").CompareOptions) => {
    process.exitCode = (await import("./compare.ts")).compare(before, after, options);
  });

program
  .command("reap")
  .description("list and remove what dead runs left on this machine")
  .option("--dry-run", "only list; exit with 1 when something is left")
  .option("--run <id>", "this run, whether its stack is gone or not", collect, [])
  .addOption(json)
  .action(async (options: import("./reap.ts").ReapOptions) => {
    process.exitCode = await (await import("./reap.ts")).reap(options);
  });

program
  .command("detect")
  .description(
    "say what a model's source needs, from its source alone; exit with 1 when something could not be read or served",
  )
  .argument("<path>", "a module, a notebook, a model's file, or a folder of these")
  .option("--lock <file>", "resolve what was found, and write a lock with hashes")
  .option("--python <version>", "version of Python to lock for; chosen by the source unless told")
  .option("--cuda", "lock for NVIDIA accelerators")
  .addOption(json)
  .action(async (path: string, options: import("./detect.ts").DetectOptions) => {
    process.exitCode = await (await import("./detect.ts")).detect(path, options);
  });

program
  .command("data-set")
  .description("make a data set of the format of ImageNet or MNIST, or find it in the cache; prints its folder")
  .addArgument(new Argument("<name>", "format of the data set").choices(["imagenet", "mnist"]))
  .option("--bytes <size>", "imagenet: size of all shards together", dataSetDefaults.bytes)
  .option("--seed <number>", "seed of the images", dataSetDefaults.seed)
  .option("--shards <number>", "imagenet: number of files", dataSetDefaults.shards)
  .addOption(json)
  .action(async (name: string, options: import("./data-set.ts").DataSetOptions) => {
    process.exitCode =
      name === "mnist"
        ? await (await import("./mnist-set.ts")).makeMnistSet(options)
        : await (await import("./data-set.ts")).makeDataSet(options);
  });

program
  .command("image")
  .description("write the shared root as an image for clusters: an OCI archive")
  .argument("<file>", "where it goes; must not be there")
  .action(async (file: string) => {
    process.exitCode = await (await import("./setup.ts")).writeImage(file);
  });

program
  .command("setup")
  .description("set up what is missing on this machine")
  .allowUnknownOption()
  .argument("[options...]", "options of set-up; --help lists them")
  .helpOption(false)
  .action(async (words: string[]) => {
    process.exitCode = await (await import("./setup.ts")).setup(words);
  });

try {
  await program.parseAsync();
} catch (thrown) {
  const text =
    thrown instanceof UnderlayError
      ? thrown.message
      : thrown instanceof Error
        ? (thrown.stack ?? thrown.message)
        : messageOf(thrown);
  process.stderr.write(`${pc.red("error:")} ${text}\n`);
  process.exitCode = 2;
}
