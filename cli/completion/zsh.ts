import type { CommandNode, OptionNode, ValueKind, ValueNode } from "./command-tree.ts";

/** One word for the shell, in single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** Text within a specification of `_arguments`, where colons and brackets part it. */
const escaped = (text: string): string => text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
const words = (list: readonly string[]): string => list.map((word) => escaped(word).replaceAll(" ", "\\ ")).join(" ");

/** What completes a value, as `_arguments` takes it. */
function action(value: ValueKind): string {
  switch (value.kind) {
    case "words":
      return `(${words(value.words)})`;
    case "begins":
      return `_values -S "" value ${value.words.map((word) => `"${word}="`).join(" ")}`;
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "text":
      return "";
  }
}

const value = ({ shown, value: kind }: ValueNode): string => `:${escaped(shown)}:${action(kind)}`;

function optionWords({ names, description, value: taken }: OptionNode): string[] {
  const rest = `[${escaped(description)}]${taken === null ? "" : value(taken)}`;
  return names.map((name) => quoted(`*${name}${rest}`));
}

/** The function of a command, and those of the commands within it. */
function functionsOf(command: CommandNode, name: string): string[] {
  const lines = command.options.flatMap(optionWords);
  const within = command.commands.map((each) => functionsOf(each, `${name}_${each.name.replaceAll("-", "_")}`));
  if (command.commands.length === 0) {
    const places = command.arguments.map((each) => quoted(`${each.shown.includes("...") ? "*" : ""}${value(each)}`));
    return [`${name}() {\n  _arguments ${[...lines, ...places].join(" \\\n    ")}\n}`];
  }
  const shown = command.commands.map((each) => quoted(`${each.name}:${escaped(each.description)}`));
  const cases = command.commands.map((each) => `    ${each.name}) ${name}_${each.name.replaceAll("-", "_")} ;;`);
  return [
    ...within.flat(),
    `${name}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C ${lines.join(" \\\n    ")} \\
    ': :->command' '*:: :->within'
  case $state in
  command)
    local -a commands=(${shown.join("\n      ")})
    _describe -t commands command commands ;;
  within)
    case $words[1] in
${cases.join("\n")}
    esac ;;
  esac
}`,
  ];
}

/**
 * Completion for zsh: a script that a shell sources after `compinit`, or that lies as `_underlay` in its `fpath`.
 *
 * @param program the whole command line
 */
export function zshCompletion(program: CommandNode): string {
  return `#compdef ${program.name}
# Completion of ${program.name} for zsh: source <(${program.name} completion zsh)
${functionsOf(program, "_underlay").join("\n")}
if [ "$funcstack[1]" = "_underlay" ]; then _underlay "$@"; else compdef _underlay ${program.name}; fi
`;
}
