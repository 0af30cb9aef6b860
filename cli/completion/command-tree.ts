import type { Argument, Command, Option } from "commander";

/** What a value may be: some words, a path, text that begins with one of some words, or anything. */
export type ValueKind =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file" }
  | { readonly kind: "folder" }
  | { readonly kind: "begins"; readonly words: readonly string[] }
  | { readonly kind: "text" };

/** A value of an option or an argument. */
export interface ValueNode {
  /** As help has it, such as `<file>`. */
  readonly shown: string;
  readonly value: ValueKind;
}

/** An option of a command. */
export interface OptionNode {
  /** Such as `--json` and `-h`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Null when it takes none. */
  readonly value: ValueNode | null;
  /** What it is unless told; null when that is nothing. */
  readonly byDefault: string | null;
}

/** A command, with those within it. */
export interface CommandNode {
  readonly name: string;
  readonly description: string;
  /** Heading of the help that it stands under. */
  readonly group: string;
  /** As help has it, after the name. */
  readonly usage: string;
  readonly arguments: readonly (ValueNode & { readonly description: string })[];
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
}

/** Words that values of a name begin with, such as the keys of `<key=value>`. */
export type Beginnings = Readonly<Record<string, readonly string[]>>;

function kindOf(name: string, choices: readonly string[] | undefined, beginnings: Beginnings): ValueKind {
  const begins = beginnings[name];
  if (choices !== undefined) return { kind: "words", words: choices };
  if (begins !== undefined) return { kind: "begins", words: begins };
  if (/^(?:file|path|record|records|before|after|plan)$/.test(name)) return { kind: "file" };
  return name === "folder" ? { kind: "folder" } : { kind: "text" };
}

const nameWithin = (flags: string): string | null => /[<[]([^\]>]+?)(?:\.\.\.)?[\]>]/.exec(flags)?.[1] ?? null;

function optionNode(option: Option, beginnings: Beginnings): OptionNode {
  const { flags, short, long, description, argChoices } = option;
  const name = nameWithin(flags);
  const given: unknown = option.defaultValue;
  return {
    names: [long, short].filter((each) => each !== undefined),
    description,
    value: name === null ? null : { shown: `<${name}>`, value: kindOf(name, argChoices, beginnings) },
    byDefault: name !== null && typeof given === "string" ? given : null,
  };
}

function argumentNode(argument: Argument, beginnings: Beginnings): CommandNode["arguments"][number] {
  const { description, argChoices, variadic, required } = argument;
  const name = argument.name();
  const more = variadic ? "..." : "";
  const shown = required ? `<${name}${more}>` : `[${name}${more}]`;
  return { shown, description, value: kindOf(name, argChoices, beginnings) };
}

/** What a command line is made of, as completion and manual need it. */
export function commandTree(command: Command, beginnings: Beginnings = {}): CommandNode {
  return {
    name: command.name(),
    description: command.description(),
    group: command.helpGroup().replace(/:$/, ""),
    usage: command.usage(),
    arguments: command.registeredArguments.map((argument) => argumentNode(argument, beginnings)),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map((option) => optionNode(option, beginnings)),
    commands: command.commands.map((each) => commandTree(each, beginnings)),
  };
}
