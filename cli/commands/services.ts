import { type Command, Option } from "commander";
import { json } from "./options.ts";

/** Options of commands that build services. */
function addBuildOptions(command: Command): Command {
  return command
    .option("--name <name>", "name of the service; that of the source unless told")
    .option("--entry <what>", "what predicts: MODULE:FUNCTION, or a model's file; found in the source unless told")
    .option("--make <script>", "script of the source that makes its model, run in a container without a network")
    .option("--trust", "load pickles, which runs what is in them", false)
    .option("--batching", "predict requests of the same moment together", false)
    .option("--batch-inputs <number>", "most inputs of a batch (asks for --batching); 16 unless told")
    .option("--batch-wait <ms>", "longest wait of a request for others, in ms (asks for --batching); 2 unless told")
    .option("--python <version>", "version of Python; chosen by the source unless told")
    .option("--cuda", "for NVIDIA accelerators", false)
    .addOption(
      new Option(
        "--base <kind>",
        "what the image begins with: Debian's packages put together here, or a registry's image",
      )
        .choices(["local", "registry"])
        .default("local"),
    )
    .option("--lock <file>", "a lock with hashes; made by uv unless told")
    .option(
      "--sample <file>",
      "a request's body (JSON) for the first prediction; zeros in the model's shape unless told",
    )
    .option("--most-model-mib <size>", "most of all models together, in MiB", "4096")
    .option("--cpus <number>", "CPUs of the container", "1")
    .option("--memory <size>", "memory of the container, in MiB", "2048");
}

function addContainerise(program: Command): void {
  const command = program
    .command("containerise")
    .description("build a model's source into the container of a service, start it and have it predict")
    .argument("<path>", "a module, a model's file, or a folder of these");
  addBuildOptions(command)
    .option("--output <folder>", "where Dockerfile, lock, server and bill of materials go; in the cache unless told")
    .option("--dry-run", "only write these files", false)
    .option("--serve", "go on serving until Ctrl-C", false)
    .option("--port <number>", "port on loopback of --serve; any that is free unless told", "0")
    .addOption(json())
    .action(async (path: string, options: import("../containerise.ts").ContaineriseOptions) => {
      process.exitCode = await (await import("../containerise.ts")).containerise(path, options);
    });
}

function addWatch(program: Command): void {
  const command = program
    .command("watch")
    .description("serve the newest version of a model repository; each new one takes over once it has predicted")
    .argument("<folder>", "a folder with a sub-folder or file for each version");
  addBuildOptions(command)
    .option("--port <number>", "port on loopback; any that is free unless told", "0")
    .option("--interval <seconds>", "time between two looks", "2")
    .addOption(new Option("--json", "print what happens as JSON, an object a line"))
    .action(async (folder: string, options: import("../watch.ts").WatchOptions) => {
      process.exitCode = await (await import("../watch.ts")).watch(folder, options);
    });
}

/** Adds the commands that serve models. */
export function addServicesCommands(program: Command): void {
  program.commandsGroup("Services:");
  addContainerise(program);
  addWatch(program);
}
