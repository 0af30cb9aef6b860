// Checks a code block of a document as far as it goes without running it.
import { spawnSync } from "node:child_process";
import type { Block } from "./blocks.ts";
import { isSafe, problemOf } from "./command-lines.ts";
import { configurationProblem } from "./configuration.ts";
import { jsonProblems, pythonProblems, yamlProblems } from "./data.ts";
import { shellCommands } from "./shell.ts";

/** What the shell itself says of a block, where there is one. */
function syntaxProblems(text: string): string[] {
  const { status, stderr, error } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
  return error === undefined && status !== 0 ? [stderr.trim()] : [];
}

/** Configuration that commands of a block set, by `pulumi config set` and `--config`. */
function configurationOf(commands: readonly (readonly string[])[]): Record<string, string> {
  const pairs = commands.flatMap((words): [string, string][] => {
    const at = words.indexOf("set");
    const own = words.includes("pulumi") && words[at - 1] === "config" && !words.includes("--secret");
    const ofOurs = words.includes("underlay") || words[0] === "npm";
    const given = words.flatMap((word, index) => (ofOurs && words[index - 1] === "--config" ? [word.split("=")] : []));
    return [
      ...(own ? [[words[at + 1] ?? "", words[at + 2] ?? ""] as [string, string]] : []),
      ...given.map(([key = "", ...value]): [string, string] => [`underlay:${key}`, value.join("=")]),
    ];
  });
  return Object.fromEntries(pairs);
}

function shellProblems({ text, notRun }: Block): string[] {
  const commands = shellCommands(text);
  const wrong = commands.flatMap(({ words, line }) => {
    const problem = problemOf(words);
    return problem === null ? [] : [`line ${String(line + 1)}, ${words.join(" ")}: ${problem}`];
  });
  const unsafe = commands.find(({ words, redirected }) => redirected || !isSafe(words));
  const unsaid =
    notRun === null && unsafe !== undefined
      ? [
          `${unsafe.words.join(" ")} is not run by the test, and the block says no reason: <!-- block: not run, REASON -->`,
        ]
      : [];
  const config = configurationProblem(configurationOf(commands.map(({ words }) => words)));
  return [...syntaxProblems(text), ...wrong, ...unsaid, ...(config === null ? [] : [config])];
}

const checks: Readonly<Record<string, (block: Block) => readonly string[]>> = {
  sh: shellProblems,
  yaml: yamlProblems,
  json: jsonProblems,
  python: pythonProblems,
  // The lane `package` type-checks them all at once against the packed library.
  ts: () => [],
  // Pictures and what programs print.
  mermaid: () => [],
  text: () => [],
};

/** What is wrong with a block; empty when nothing is. */
export function problemsOf(block: Block): readonly string[] {
  const check = checks[block.language];
  return check?.(block) ?? [`"${block.language}" is none of ${Object.keys(checks).join(", ")}`];
}
