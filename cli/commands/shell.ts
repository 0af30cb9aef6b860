import { Argument, type Command } from "commander";

function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print the script that completes this command line: source <(underlay completion bash)")
    .addArgument(new Argument("<shell>", "the shell that is to source it").choices(["bash", "zsh", "fish"]))
    .action(async (shell: import("../completion/write.ts").Shell) => {
      (await import("../completion/write.ts")).writeCompletion(program, shell);
    });
}

function addManual(program: Command): void {
  program
    .command("man")
    .description("print the manual page: underlay man | man -l -")
    .action(async () => {
      (await import("../completion/write.ts")).writeManual(program);
    });
}

/** Adds the commands for the shell that this command line is typed in. */
export function addShellCommands(program: Command): void {
  program.commandsGroup("Your shell:");
  addCompletion(program);
  addManual(program);
  program.helpCommand("help [command]", "print the help of a command");
}
