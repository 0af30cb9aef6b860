import type { CommandNode, ValueKind } from "./command-tree.ts";

/** One word for the shell, in single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;

/** What completes a value, as `complete` takes it. */
function valueWords(value: ValueKind): string[] {
  switch (value.kind) {
    case "words":
      return ["-x", "-a", quoted(value.words.join(" "))];
    case "begins":
      return ["-x", "-a", quoted(value.words.map((word) => `${word}=`).join(" "))];
    case "file":
      return ["-r", "-F"];
    case "folder":
      return ["-x", "-a", quoted("(__fish_complete_directories)")];
    case "text":
      return ["-x"];
  }
}

/** Whether the words so far are within a command, and in none of those within it. */
function condition(path: readonly string[], command: CommandNode): string {
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const within = command.commands.map(({ name }) => name).join(" ");
  const inside = within === "" ? [] : [`not __fish_seen_subcommand_from ${within}`];
  return quoted([...seen, ...inside].join("; and "));
}

function lines(command: CommandNode, path: readonly string[]): string[] {
  const start = `complete -c underlay -n ${condition(path, command)}`;
  const options = command.options.map(({ names, description, value }) => {
    const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
    return [start, ...flags, "-d", quoted(description), ...(value === null ? [] : valueWords(value.value))].join(" ");
  });
  const [argument] = command.arguments;
  const plain =
    argument === undefined || argument.value.kind === "text" ? [] : [[start, ...valueWords(argument.value)].join(" ")];
  const commands = command.commands.map((each) => `${start} -a ${each.name} -d ${quoted(each.description)}`);
  return [...commands, ...options, ...plain, ...command.commands.flatMap((each) => lines(each, [...path, each.name]))];
}

/**
 * Completion for fish: a script that a shell sources, or `completions/underlay.fish` of its configuration.
 *
 * @param program the whole command line
 */
export function fishCompletion(program: CommandNode): string {
  return `# Completion of ${program.name} for fish: ${program.name} completion fish | source
complete -c ${program.name} -f
${lines(program, []).join("\n")}
`;
}
