import { Command, Help, type Option } from "commander";
import pc from "picocolors";
import { addChoosingCommands } from "./commands/choosing.ts";
import { addCostsCommands } from "./commands/costs.ts";
import { addMachineCommands } from "./commands/machine.ts";
import { addMeasuringCommands } from "./commands/measuring.ts";
import { addModelsCommands } from "./commands/models.ts";
import { addOperationsCommands } from "./commands/operations.ts";
import { addResultsCommands } from "./commands/results.ts";
import { addServicesCommands } from "./commands/services.ts";
import { addShellCommands } from "./commands/shell.ts";
import { version } from "./version.ts";

/** An option as help describes it: a default that is nothing is not worth a word. */
function describe(option: Option): string {
  const given: unknown = option.defaultValue;
  const nothing = given === false || (Array.isArray(given) && given.length === 0);
  const shown = nothing ? Object.assign(Object.create(option) as Option, { defaultValue: undefined }) : option;
  return new Help().optionDescription(shown);
}

/** The command line of `underlay`, whole: what parses it, completes it and documents it reads this. */
export function makeProgram(): Command {
  const program = new Command("underlay")
    .description("One deep-learning job on every kind of infrastructure, measured and compared.")
    .version(version)
    .showHelpAfterError("(add --help for all commands and options)")
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ optionDescription: describe })
    .configureOutput({
      outputError: (text, write) => {
        write(pc.red(text));
      },
    });
  addMeasuringCommands(program);
  addResultsCommands(program);
  addChoosingCommands(program);
  addModelsCommands(program);
  addServicesCommands(program);
  addCostsCommands(program);
  addOperationsCommands(program);
  addMachineCommands(program);
  addShellCommands(program);
  return program;
}
