// Judges the command lines that documents show, by what would read them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Command, CommanderError } from "commander";
import { makeProgram } from "../../../cli/program.ts";
import { messageOf } from "../../../measure/error.ts";
import { parseOptions } from "../../../tools/arguments.mjs";
import { lanes } from "../../lanes.mjs";
import { root } from "./blocks.ts";

/** What is wrong with a command line; null when nothing is. */
type Problem = string | null;
type Judge = (words: readonly string[]) => Problem;

const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Programs of others, whose options are not ours to know. */
const foreign = new Set([
  ...[
    "aws",
    "cd",
    "chmod",
    "cp",
    "curl",
    "export",
    "git",
    "kubectl",
    "man",
    "mkdir",
    "mv",
    "mypy",
    "openstack",
    "podman",
    "pytest",
  ],
  ...["printf", "python3", "rsync", "ruff", "sbatch", "scp", "sed", "skopeo", "source", "ssh", "sudo", "tar", "uv"],
]);

/** Commands of Pulumi's that documents use; `config set` has its values held against the schema besides. */
const ofPulumi =
  /^(?:up|preview|refresh|destroy|cancel|login|logout|version|stack(?: (?:init|select|output|export|ls|rm))?|config(?: (?:set|rm|get))?)$/;

/** Every command of the command line, those within others too. */
export function commandsOf(program: Command): Command[] {
  return [program, ...program.commands.flatMap(commandsOf)];
}

/** What is wrong with a command line of `underlay`, by its own parser; nothing is done. */
export const underlayProblem: Judge = (words) => {
  if (words[0] === "setup") return setupProblem(words.slice(1));
  if (words[0] === "pulumi") return pulumiProblem(words.slice(1));
  const program = makeProgram();
  const silent = { writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined };
  for (const command of commandsOf(program)) {
    command.configureOutput(silent);
    if (command.commands.length === 0) command.action(() => undefined);
  }
  try {
    program.parse([...words], { from: "user" });
    return null;
  } catch (thrown) {
    return thrown instanceof CommanderError && thrown.exitCode === 0 ? null : messageOf(thrown);
  }
};

/**
 * What is wrong with a command of `underlay` as running text names it: without its arguments, and with some of its
 * options.
 */
export const mentionProblem: Judge = (words) => {
  const [name = "", ...rest] = words;
  let command = makeProgram().commands.find((each) => each.name() === name);
  if (command === undefined) return name === "help" ? null : `there is no command ${name}`;
  if (name === "setup")
    return setupProblem(rest.filter((word, at) => word.startsWith("-") || rest[at - 1] === "--with"));
  if (name === "pulumi") return null;
  for (const word of rest) {
    const within: Command | undefined = command.commands.find((each) => each.name() === word);
    command = within ?? command;
    const [flag] = word.split("=");
    const known = flag === "--help" || command.options.some(({ long, short }) => long === flag || short === flag);
    if (word.startsWith("-") && word !== "-" && !known) return `${name} has no option ${word}`;
  }
  return null;
};

const setupProblem: Judge = (words) => {
  try {
    parseOptions(words);
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
};

const pulumiProblem: Judge = (words) => {
  const [first = "", second = ""] = words.filter((word) => !word.startsWith("-"));
  const known = ofPulumi.test(`${first} ${second}`) || (ofPulumi.test(first) && !["stack", "config"].includes(first));
  return known || words.includes("--help") ? null : `pulumi ${words.join(" ")} is none that documents use`;
};

/** Names of benches, as their files give them. */
const benchNames = (): string[] =>
  readdirSync(path.join(root, "bench"))
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [...readFileSync(path.join(root, "bench", name), "utf8").matchAll(/name: "([a-z0-9-]+)"/g)])
    .map(([, name = ""]) => name);

const oneOf =
  (what: string, names: () => readonly string[]): Judge =>
  (words) => {
    const unknown = words.find((word) => !word.startsWith("-") && !names().includes(word));
    return unknown === undefined ? null : `there is no ${what} ${unknown}`;
  };

/** What the words after `--` of each script are read by. */
const scripts: Readonly<Record<string, Judge>> = {
  start: (words) => underlayProblem(["start", ...words]),
  underlay: underlayProblem,
  setup: setupProblem,
  test: oneOf("lane", () => lanes.map(({ name }) => name)),
  bench: oneOf("bench", benchNames),
  lab: oneOf("lab, or command of one", () => ["openstack", "kubernetes", "up", "down", "status"]),
};

const npmProblem: Judge = ([command = "", ...words]) => {
  if (["ci", "install", "pack"].includes(command)) return null;
  const [name = "", ...rest] = command === "run" ? words : [command, ...words];
  if (!(name in manifest.scripts)) return `package.json has no script ${name}`;
  if (rest.length > 0 && rest[0] !== "--") return `npm would take ${rest.join(" ")} for itself: put -- before`;
  return scripts[name]?.(rest.slice(1)) ?? null;
};

const npxProblem: Judge = ([name = "", ...words]) => {
  if (name === "underlay") return underlayProblem(words);
  if (!existsSync(path.join(root, "node_modules/.bin", name))) return `${name} is no program of the project's packages`;
  return missingFile(words.filter((word) => word.startsWith("test/")));
};

const missingFile: Judge = (files) => {
  const missing = files.find((file) => !existsSync(path.join(root, file)));
  return missing === undefined ? null : `there is no ${missing}`;
};

const judges: Readonly<Record<string, Judge>> = {
  underlay: underlayProblem,
  npm: npmProblem,
  npx: npxProblem,
  pulumi: pulumiProblem,
  node: (words) => missingFile(words.filter((word) => /\.(?:ts|mjs)$/.test(word))),
};

/** What is wrong with a command line; null when nothing is. */
export const problemOf: Judge = ([program = "", ...words]) => {
  const judge = judges[program];
  if (judge !== undefined) return judge(words);
  return foreign.has(program) ? null : `${program} is none of the programs that documents use`;
};

/** Commands that only read and take a moment, with words after them that make them more than that. */
const reading: Readonly<Record<string, (words: readonly string[]) => boolean>> = {
  completion: () => true,
  detect: (words) => !words.includes("--lock"),
  man: () => true,
  models: ([first]) => first === "search",
  optimise: (words) => words.includes("--dry-run"),
  prices: (words) => !words.includes("--refresh"),
};

/** Whether a command changes nothing, asks nobody and takes a moment: documents that show it have it run. */
export function isSafe(words: readonly string[]): boolean {
  const [program, name = "", ...rest] = words[0] === "npx" ? words.slice(1) : words;
  if (program !== "underlay" || name === "setup" || name === "pulumi") return false;
  return [name, ...rest].includes("--help") || (reading[name]?.(rest) ?? false);
}
