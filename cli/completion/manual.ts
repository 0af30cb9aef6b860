import type { CommandNode, OptionNode } from "./command-tree.ts";

/** Text that roff takes as it is. */
function escaped(text: string): string {
  return (
    text
      .replaceAll("\\", String.raw`\e`)
      .replaceAll("-", String.raw`\-`)
      // A list without blanks may be broken behind a comma.
      .replaceAll(/,(?=\S)/g, String.raw`,\:`)
      .replaceAll(/^([.'])/gm, String.raw`\&$1`)
  );
}

const bold = (text: string): string => String.raw`\fB${escaped(text)}\fR`;
const italic = (text: string): string => String.raw`\fI${escaped(text)}\fR`;
const sentence = (text: string): string => escaped(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);

function option({ names, description, value, byDefault }: OptionNode): string {
  const flags = [...names].reverse().map(bold).join(", ");
  const allowed = value?.value.kind === "words" ? ` One of ${value.value.words.join(", ")}.` : "";
  const unless = byDefault === null ? "" : ` Unless told, ${byDefault}.`;
  const text = `${sentence(description)}${escaped(`${allowed}${unless}`)}`;
  return `.TP\n${flags}${value === null ? "" : ` ${italic(value.shown)}`}\n${text}`;
}

/** A command and those within it, each with its whole name. */
function section(command: CommandNode, name: string): string[] {
  const places = command.arguments.map(({ shown, description, value }) => {
    const allowed = value.kind === "words" ? escaped(` One of ${value.words.join(", ")}.`) : "";
    return `.TP\n${italic(shown)}\n${sentence(description)}${allowed}`;
  });
  const options = command.options.filter(({ names }) => !names.includes("--help"));
  return [
    `.SS ${bold(name)} ${escaped(command.usage)}`,
    sentence(command.description),
    ...places,
    ...options.map(option),
    ...command.commands.flatMap((each) => section(each, `${name} ${each.name}`)),
  ];
}

const closing = String.raw`.SH EXIT STATUS
.TP
.B 0
All went well; of
.B advise
and the like: there is an answer.
.TP
.B 1
Something failed, is left, or does not hold; each command says what.
.TP
.B 2
It could not begin: a wrong command line, or something that has to be mended first.
.TP
.B 130
Ctrl\-C; what was made is removed.
.SH ENVIRONMENT
.TP
.B XDG_CACHE_HOME
What set\-up makes lies in
.I underlay
below it; unless set, below
.IR ~/.cache .
.TP
.B XDG_STATE_HOME
Stacks of the command's own, runs and what was measured lie in
.I underlay
below it; unless set, below
.IR ~/.local/state .
.SH SEE ALSO
.BR pulumi (1)
`;

/**
 * The manual page, as roff with the macros of `man`.
 *
 * @param program the whole command line
 * @param version of underlay
 */
export function manual(program: CommandNode, version: string): string {
  const groups = [...new Set(program.commands.map(({ group }) => group))];
  const commands = groups.flatMap((group) => [
    `.SH ${escaped(group.toUpperCase())}`,
    ...program.commands.filter((each) => each.group === group).flatMap((each) => section(each, each.name)),
  ]);
  return `.TH ${program.name.toUpperCase()} 1 "" "${program.name} ${version}" "User Commands"
.SH NAME
${program.name} \\- ${escaped(program.description.replace(/\.$/, ""))}
.SH SYNOPSIS
.B ${program.name}
${italic("command")}
[${italic("options")}]
.SH DESCRIPTION
${escaped(program.description)}
Every command takes ${bold("--help")}.
${commands.join("\n")}
${closing}`;
}
