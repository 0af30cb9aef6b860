import type { CommandNode, ValueKind } from "./command-tree.ts";

/** A command with its path from the program, such as `/models/search`. */
interface Placed {
  readonly path: string;
  readonly command: CommandNode;
}

function placed(command: CommandNode, path = ""): Placed[] {
  return [{ path, command }, ...command.commands.flatMap((each) => placed(each, `${path}/${each.name}`))];
}

/** One word for the shell, in single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What completes a value. */
function completer(value: ValueKind): string {
  switch (value.kind) {
    case "words":
      return `_underlay_words ${quoted(value.words.join(" "))}`;
    case "begins":
      return `_underlay_begins ${quoted(value.words.map((word) => `${word}=`).join(" "))}`;
    case "file":
      return "_underlay_paths -f";
    case "folder":
      return "_underlay_paths -d";
    case "text":
      return ":";
  }
}

const functions = String.raw`_underlay_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}
_underlay_begins() {
  _underlay_words "$1"
  compopt -o nospace 2>/dev/null
}
_underlay_paths() {
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
  compopt -o filenames 2>/dev/null
}`;

/** What completes the words of a command that are no values of options: its options, and the commands or arguments. */
function ownWords({ path, command }: Placed): string {
  const options = command.options.flatMap(({ names }) => names);
  const commands = command.commands.map(({ name }) => name);
  const [argument] = command.arguments;
  const plain = argument === undefined ? `_underlay_words ${quoted(commands.join(" "))}` : completer(argument.value);
  return `    ${quoted(path)})
      if [[ $current == -* ]]; then _underlay_words ${quoted(options.join(" "))}; else ${plain}; fi ;;`;
}

/** What completes the values of a command's options. */
function optionValues({ path, command }: Placed): string[] {
  return command.options.flatMap(({ names, value }) =>
    value === null
      ? []
      : [`    ${names.map((name) => quoted(`${path} ${name}`)).join(" | ")}) ${completer(value.value)}; return ;;`],
  );
}

/**
 * Completion for bash 4 and newer: a script that a shell sources. It asks nothing at the time of completing.
 *
 * @param program the whole command line
 */
export function bashCompletion(program: CommandNode): string {
  const all = placed(program);
  const paths = all.flatMap(({ path }) => (path === "" ? [] : [quoted(path)]));
  return `# Completion of ${program.name} for bash: source <(${program.name} completion bash)
${functions}
_underlay() {
  local word path="" current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "$path/$word" in
      ${paths.join(" | ")}) path="$path/$word" ;;
    esac
  done
  case "$path $before" in
${all.flatMap(optionValues).join("\n")}
  esac
  case "$path" in
${all.map(ownWords).join("\n")}
  esac
}
complete -F _underlay ${program.name}
`;
}
