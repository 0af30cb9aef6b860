// Finds the code blocks of Markdown, with what the comments before them say.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Root of the repository. */
export const root = path.resolve(import.meta.dirname, "../../..");

/** A fenced block of a document. */
export interface Block {
  /** Path of the document, from the root. */
  readonly file: string;
  /** Line of the opening fence. */
  readonly line: number;
  /** What stands behind the fence, such as `sh`. */
  readonly language: string;
  readonly text: string;
  /** Why it is not run; null when all of it is to be run. */
  readonly notRun: string | null;
  /** Whether it goes on from the block of its language before. */
  readonly continues: boolean;
  /** Code that goes before it, for what it takes as given. */
  readonly given: string;
  /** What its data is held against, such as the name of a schema; null when it says none. */
  readonly schema: string | null;
}

/** What a comment before a block says, `<!-- block: … -->`. */
type Directives = Pick<Block, "notRun" | "continues" | "given" | "schema">;

const nothing: Directives = { notRun: null, continues: false, given: "", schema: null };

function directive(text: string, place: string): Partial<Directives> {
  const [, word = "", rest = ""] = /^(not run, |continues$|given |schema )([^]*)$/.exec(text) ?? [];
  switch (word) {
    case "not run, ":
      return { notRun: rest };
    case "continues":
      return { continues: true };
    case "given ":
      return { given: rest };
    case "schema ":
      return { schema: rest };
    default:
      throw new Error(`${place}: "block: ${text}" is none of not run, REASON; continues; given CODE; schema NAME`);
  }
}

/** Comments that stand directly before a line, and say something of the block that begins there. */
function directivesBefore(lines: readonly string[], index: number, file: string): Directives {
  const before = lines.slice(0, index).join("\n");
  const [, comments = ""] = /((?:<!-- block: (?:(?!-->)[^])*-->\s*)+)$/.exec(before) ?? [];
  const found = [...comments.matchAll(/<!-- block: ((?:(?!-->)[^])*?)\s*-->/g)].map(([, text = ""]) => text);
  return Object.assign(
    {},
    nothing,
    ...found.map((text) => directive(text, `${file}:${String(index + 1)}`)),
  ) as Directives;
}

/** The fenced blocks of a document. */
export function blocksIn(markdown: string, file: string): Block[] {
  const lines = markdown.split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = "", fence, language = ""] = /^( *)(`{3,})(.*)$/.exec(lines[at] ?? "") ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end < 0) throw new Error(`${file}:${String(at + 1)}: the block has no end`);
    const text = lines.slice(at + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    const said = directivesBefore(lines, at, file);
    blocks.push({ file, line: at + 1, language: language.trim(), text: text.join("\n"), ...said });
    at = end;
  }
  return blocks;
}

/** What stands between backquotes in the text of a document, with its line. */
export function spansIn(markdown: string): { readonly text: string; readonly line: number }[] {
  const outside = markdown.replaceAll(/^( *)(`{3,})[^]*?^\1\2$/gm, (block) => block.replaceAll(/[^\n]/g, ""));
  return [...outside.matchAll(/`([^`]+)`/g)].map((match) => ({
    text: (match[1] ?? "").replaceAll(/\s+/g, " "),
    line: outside.slice(0, match.index).split("\n").length,
  }));
}

/** Where a block is, as editors open it. */
export const placeOf = ({ file, line }: Pick<Block, "file" | "line">): string => `${file}:${String(line)}`;

/** Every document of the project, from the root. */
export function documents(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`);
  const top = readdirSync(root).filter((name) => name.endsWith(".md"));
  const all = [...top, ...below("docs"), "workloads/training/README.md", "tools/requirements/README.md"];
  return all.filter((name) => existsSync(path.join(root, name))).sort();
}

/** Text of a document. */
export const textOf = (file: string): string => readFileSync(path.join(root, file), "utf8");

/** Every block of every document. */
export const allBlocks = (): Block[] => documents().flatMap((file) => blocksIn(textOf(file), file));
