import type { Command } from "commander";
import { collect, json } from "./options.ts";

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

function addSearch(models: Command): void {
  models
    .command("search")
    .description(
      "list trained models to start from, ranked by how alike their data is and by what they cost; exit with 1 for none",
    )
    .option("--task <name>", "such as image-classification")
    .option("--framework <name>", "keras, pytorch or onnxruntime")
    .option("--licence <identifier>", "SPDX identifier, of the weights where it is known, else of the code")
    .option("--max-size <MiB>", "largest file")
    .option("--max-parameters <number>", "most parameters")
    .option("--like <name>", "a known set of data that it is to be adapted to, such as fashion-mnist")
    .option("--domain <words>", "what the data shows, such as image/photograph/clothing")
    .option("--colour <name>", "rgb or grey")
    .option("--side <pixels>", "pixels of a side")
    .option("--weight <share>", "weight of cost against similarity: 0 is similarity alone, 1 is cost alone", "0.3")
    .option("--limit <number>", "most models that are listed", "15")
    .addOption(json())
    .action(async (options: import("../model-search.ts").ModelSearchOptions) => {
      process.exitCode = (await import("../model-search.ts")).findModels(options);
    });
}

function addAdapt(models: Command): void {
  models
    .command("adapt")
    .description(
      "adapt a trained model to other images (new head, then fine-tuning), held against training from scratch",
    )
    .argument("[model]", "small-cnn, which is trained here first, or a model of Keras from the catalogue", "small-cnn")
    .option("--data <folder>", "images to adapt it to: IDX files as of Fashion-MNIST; drawn ones unless told")
    .option("--source <folder>", "with small-cnn: images to train it on first; drawn ones of another look unless told")
    .option("--weights <file>", "weights without the top, where Keras keeps none on this machine")
    .option("--out <folder>", "where the adapted model and what serves it go; must not be there", "out/adapted")
    .option("--images <number>", "labelled images that may be trained on", "100")
    .option("--repetitions <number>", "repetitions, each with images and first weights of its own", "5")
    .option("--seed <number>", "seed of the first repetition", "1")
    .option("--source-epochs <number>", "with small-cnn: epochs on its source", "5")
    .option("--head-epochs <number>", "epochs with all but the head frozen", "10")
    .option("--fine-epochs <number>", "epochs with the upper half of the layers, too", "20")
    .option("--batch <number>", "images of a step", "32")
    .option("--threads <number>", "threads", "2")
    .addOption(json())
    .action(async (model: string, options: import("../adapt.ts").AdaptOptions) => {
      process.exitCode = await (await import("../adapt.ts")).adaptModel(model, options);
    });
}

function addPort(models: Command): void {
  models
    .command("port")
    .description(
      "port a model to ONNX, hold its answers against the original's, and time both; nothing leaves this machine",
    )
    .argument("<path>", "a model of Keras, TensorFlow, PyTorch or scikit-learn: its file or folder")
    .option("--to <format>", "format to port to: onnx", "onnx")
    .option("--out <file>", "where the ported model goes", "model.onnx")
    .option("--opset <number>", "ONNX's set of operators", "18")
    .option(
      "--input <sizes>",
      "an input that the file does not say, batch first, such as 1x3x224x224, repeatable",
      collect,
      [],
    )
    .option("--factory <file:function>", "for a state dictionary of PyTorch: the function that makes its network")
    .option("--trust", "load a pickle, which runs what it says")
    .option("--range <low,high>", "inputs are drawn evenly between these", "0,1")
    .option("--relative <share>", "largest relative difference", "0.001")
    .option("--absolute <difference>", "largest difference beside that", "0.00001")
    .option("--samples <number>", "inputs that both are asked", "64")
    .option("--seed <number>", "seed of the inputs", "1")
    .option("--blocks <number>", "blocks of requests to each", "12")
    .option("--requests <number>", "requests of a block", "50")
    .option("--starts <number>", "starts of a process for each", "3")
    .option("--threads <number>", "threads of each", "1")
    .option("--no-timing", "do not time anything")
    .option(
      "--images",
      "build the image of a service of each, too, and hold sizes, starts and answers against each other",
    )
    .addOption(json())
    .action(async (path: string, options: import("../port-options.ts").PortOptions) => {
      process.exitCode = await (await import("../port.ts")).portModel(path, options);
    });
}

/** Adds the commands for sources of models. */
export function addModelsCommands(program: Command): void {
  program.commandsGroup("Models:");
  addDetect(program);
  const models = program.command("models").description("find models to start from, adapt them, and port them to ONNX");
  addSearch(models);
  addAdapt(models);
  addPort(models);
}
