import { Argument, type Command, Option } from "commander";
import { dataSetDefaults } from "../data-set-defaults.ts";
import type { DoctorTarget } from "../doctor.ts";
import { targetNames } from "../reap/target.ts";
import { collect, json } from "./options.ts";

function addSetup(program: Command): void {
  program
    .command("setup")
    .description("set up what is missing on this machine")
    .allowUnknownOption()
    .passThroughOptions()
    .argument("[options...]", "options of set-up; --help lists them")
    .helpOption(false)
    .action(async (words: string[]) => {
      process.exitCode = await (await import("../setup.ts")).setup(words);
    });
}

function addPulumi(program: Command): void {
  program
    .command("pulumi")
    .description("run the Pulumi CLI that set-up found, such as `underlay pulumi up`")
    .allowUnknownOption()
    .passThroughOptions()
    .argument("[words...]", "its command and options; --help lists them")
    .helpOption(false)
    .action(async (words: string[]) => {
      process.exitCode = await (await import("../pulumi.ts")).pulumi(words);
    });
}

function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("list what set-up found on this machine, each with its remedy")
    .addOption(
      new Option(
        "--target <name>",
        "local: this machine; openstack: the cloud of the environment, and this compute host; kubernetes: kubectl, and the cluster of KUBECONFIG",
      )
        .choices(["local", "openstack", "kubernetes"])
        .default("local"),
    )
    .addOption(json())
    .action(async (options: { json?: boolean; target: DoctorTarget }) => {
      process.exitCode = await (await import("../doctor.ts")).doctor(options.target, options.json ?? false);
    });
}

function addReap(program: Command): void {
  program
    .command("reap")
    .description("list and remove what dead runs left, and stacks that have stood too long")
    .option("--dry-run", "of this machine only list; exit with 1 when something is left")
    .option("--run <id>", "this run, whether its stack is gone or not", collect, [])
    .addOption(
      new Option("--target <name>", "where to look: this machine, or what your environment leads to")
        .choices(["local", ...targetNames])
        .default("local"),
    )
    .option("--expired", "stacks whose day of expiry has come; with --target what carries such a day there")
    .option("--yes", "with --expired or --target: do it; without it they only list")
    .addOption(json())
    .action(async (options: import("../reap.ts").ReapOptions) => {
      process.exitCode = await (await import("../reap.ts")).reapAll(options);
    });
}

function addDataSet(program: Command): void {
  program
    .command("data-set")
    .description(
      "make a data set of the format of ImageNet or (Fashion-)MNIST, or find it in the cache; prints its folder",
    )
    .addArgument(
      new Argument("<name>", "format of the data set").choices(["imagenet", "mnist", "clothes-shop", "clothes-street"]),
    )
    .option("--bytes <size>", "imagenet: size of all shards together", dataSetDefaults.bytes)
    .option("--seed <number>", "seed of the images", dataSetDefaults.seed)
    .option("--shards <number>", "imagenet: number of files", dataSetDefaults.shards)
    .addOption(json())
    .action(async (name: string, options: import("../data-set.ts").DataSetOptions) => {
      if (name === "mnist") process.exitCode = await (await import("../mnist-set.ts")).makeMnistSet(options);
      else if (name === "imagenet") process.exitCode = await (await import("../data-set.ts")).makeDataSet(options);
      else {
        const domain = name === "clothes-shop" ? "shop" : "street";
        process.exitCode = await (await import("../clothes-set.ts")).makeClothesSet(domain, options);
      }
    });
}

function addImage(program: Command): void {
  program
    .command("image")
    .description("write the shared root as an image for clusters: an OCI archive")
    .argument("<file>", "where it goes; must not be there")
    .action(async (file: string) => {
      process.exitCode = await (await import("../setup.ts")).writeImage(file);
    });
}

/** Adds the commands for the machine at hand. */
export function addMachineCommands(program: Command): void {
  program.commandsGroup("This machine:");
  addSetup(program);
  addPulumi(program);
  addDoctor(program);
  addReap(program);
  addDataSet(program);
  addImage(program);
}
