// Splits a block of shell into its commands: as much of the language as documents need.

/** One command of a block. */
export interface ShellCommand {
  /** Its program and arguments, without assignments before it and redirections. */
  readonly words: readonly string[];
  /** Line within the block, from 0. */
  readonly line: number;
  /** Whether its output goes elsewhere, by `>` or `|`. */
  readonly redirected: boolean;
}

const operator = /^(?:&&|\|\||;|\||&|\n)/;
const redirection = /^(?:\d?>>?|<)(?:&\d)?/;

/** A stretch of a word, at its beginning: what it stands for, and its length as written. */
function partAt(rest: string, variables: ReadonlyMap<string, string>): { part: string; length: number } {
  const [quoted, single, double, escaped] = /^'([^']*)'|^"((?:[^"\\]|\\[^])*)"|^\\([^])/.exec(rest) ?? [];
  if (quoted !== undefined) {
    return { part: single ?? double?.replaceAll(/\\([^])/g, "$1") ?? escaped ?? "", length: quoted.length };
  }
  const [variable = "", name = ""] = /^\$(\w+)/.exec(rest) ?? [];
  return variable === ""
    ? { part: rest.slice(0, 1), length: 1 }
    : { part: variables.get(name) ?? variable, length: variable.length };
}

/** Reads one word from its beginning; returns it without its quotes, and its length as written. */
function wordAt(text: string, variables: ReadonlyMap<string, string>): { word: string; length: number } {
  let word = "";
  let at = 0;
  while (at < text.length && !/[\s;&|<>]/.test(text[at] ?? "")) {
    const { part, length } = partAt(text.slice(at), variables);
    word += part;
    at += length;
  }
  return { word, length: at };
}

/** Collects commands while a block is read. */
class Reader {
  readonly commands: ShellCommand[] = [];
  readonly #variables = new Map<string, string>();
  #words: string[] = [];
  #redirected = false;
  #begun = 0;

  /** Takes a word; an assignment before a command sets a variable for what follows in the block. */
  take(word: string, line: number): void {
    const [, name, value = ""] = (this.#words.length === 0 ? /^([A-Za-z_]\w*)=([^]*)$/.exec(word) : null) ?? [];
    if (name !== undefined) {
      this.#variables.set(name, value);
      return;
    }
    if (this.#words.length === 0) this.#begun = line;
    // A variable that stands for a whole command is one of its words, as a shell splits it.
    this.#words.push(...(this.#words.length === 0 ? word.split(" ") : [word]));
  }

  redirect(): void {
    this.#redirected = true;
  }

  end(): void {
    if (this.#words.length > 0) {
      this.commands.push({ words: this.#words, line: this.#begun, redirected: this.#redirected });
    }
    this.#words = [];
    this.#redirected = false;
  }

  get variables(): ReadonlyMap<string, string> {
    return this.#variables;
  }
}

/** The commands of a block, in order. */
export function shellCommands(block: string): ShellCommand[] {
  const reader = new Reader();
  const lineOf = (at: number): number => block.slice(0, at).split("\n").length - 1;
  let at = 0;
  while (at < block.length) {
    const rest = block.slice(at);
    const skipped = /^(?:[ \t]+|\\\n|#[^\n]*)/.exec(rest)?.[0];
    const ended = operator.exec(rest)?.[0];
    const redirected = redirection.exec(rest)?.[0];
    if (skipped !== undefined) {
      at += skipped.length;
    } else if (redirected !== undefined) {
      const target = /^\s*/.exec(rest.slice(redirected.length))?.[0] ?? "";
      at += redirected.length + target.length;
      at += redirected.includes("&") ? 0 : wordAt(block.slice(at), reader.variables).length;
      reader.redirect();
    } else if (ended !== undefined) {
      if (ended === "|") reader.redirect();
      reader.end();
      at += ended.length;
    } else {
      const { word, length } = wordAt(rest, reader.variables);
      reader.take(word, lineOf(at));
      at += Math.max(1, length);
    }
  }
  reader.end();
  return reader.commands;
}
