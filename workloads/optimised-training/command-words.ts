import { UnderlayError } from "../../measure/error.ts";
import { quote } from "../../provider/connection.ts";

/** A stretch of a word: text as it is, or a variable that the job's shell fills in. */
export type Part = { readonly text: string } | { readonly variable: string };
/** A word of a command. */
export type Word = readonly Part[];

/** What would make a command more than one command, or run another inside it. */
const operators = new Set(Array.from("|&;<>()`"));
const variablePattern = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/;

/** Splits one command into words, as a POSIX shell does. */
class Splitter {
  readonly #text: string;
  readonly #place: string;
  readonly #words: Word[] = [];
  #parts: Part[] | null = null;
  #at = 0;

  constructor(text: string, place: string) {
    this.#text = text;
    this.#place = place;
  }

  split(): Word[] {
    while (this.#at < this.#text.length) {
      this.#step();
    }
    this.#endWord();
    return this.#words;
  }

  #step(): void {
    const char = this.#text[this.#at] ?? "";
    if (char === "\\") {
      this.#escape();
    } else if (/\s/.test(char)) {
      this.#endWord();
      this.#at += 1;
    } else if (char === "'") {
      this.#single();
    } else if (char === '"') {
      this.#double();
    } else if (char === "$") {
      this.#variable();
    } else if (char === "~" && this.#parts === null && /^~(?:[/\s]|$)/.test(this.#text.slice(this.#at))) {
      this.#add({ variable: "HOME" }, 1);
    } else if (operators.has(char)) {
      this.#refuse(`has "${char}", which a shell would act on`);
    } else {
      this.#add({ text: char }, 1);
    }
  }

  #add(part: Part, length: number): void {
    this.#parts ??= [];
    const last = this.#parts.at(-1);
    if (last !== undefined && "text" in last && "text" in part) {
      this.#parts[this.#parts.length - 1] = { text: last.text + part.text };
    } else {
      this.#parts.push(part);
    }
    this.#at += length;
  }

  #endWord(): void {
    if (this.#parts !== null) this.#words.push(this.#parts);
    this.#parts = null;
  }

  #escape(): void {
    const next = this.#text[this.#at + 1];
    if (next === undefined) this.#refuse("ends with a backslash");
    if (next === "\n") {
      this.#at += 2;
    } else {
      this.#add({ text: next }, 2);
    }
  }

  #single(): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) this.#refuse("has a quotation that does not end");
    this.#add({ text: this.#text.slice(this.#at + 1, end) }, end + 1 - this.#at);
  }

  #double(): void {
    this.#add({ text: "" }, 1);
    for (let char = this.#text[this.#at]; char !== '"'; char = this.#text[this.#at]) {
      const next = this.#text[this.#at + 1] ?? "";
      if (char === undefined) this.#refuse("has a quotation that does not end");
      if (char === "$") {
        this.#variable();
      } else if (char === "`") {
        this.#refuse('has "`", which a shell would act on');
      } else if (char === "\\" && next === "\n") {
        this.#at += 2;
      } else if (char === "\\" && '$`"\\'.includes(next) && next !== "") {
        this.#add({ text: next }, 2);
      } else {
        this.#add({ text: char }, 1);
      }
    }
    this.#at += 1;
  }

  #variable(): void {
    const found = variablePattern.exec(this.#text.slice(this.#at));
    if (found === null) this.#refuse('has "$" without the name of a variable behind it');
    this.#add({ variable: found[1] ?? found[2] ?? "" }, found[0].length);
  }

  #refuse(what: string): never {
    throw new UnderlayError(
      "command-invalid",
      `${this.#place} is ${JSON.stringify(this.#text)}: it ${what}.`,
      "Give one command with its words, quoted where they must be; what needs more of a shell belongs into a script.",
    );
  }
}

/**
 * The words of one command, as a POSIX shell would split it, but that the end of a line is a blank: quotes, backslashes, `$NAME` and `${NAME}`, and `~` in front.
 * Nothing of it runs: what a shell would act on beside the command is refused.
 *
 * @param text the command
 * @param place where it stands, for the error
 * @throws UnderlayError `command-invalid` for an operator, a substitution, or a quotation that does not end
 */
export function splitCommand(text: string, place: string): Word[] {
  return new Splitter(text, place).split();
}

/** Words as they are: nothing in them is a variable. */
export function plainWords(words: readonly string[]): Word[] {
  return words.map((text) => [{ text }]);
}

/** A word as a shell reads it back. A variable's value stays one word, whatever it holds. */
export function renderWord(word: Word): string {
  const parts = word.filter((part) => "variable" in part || part.text !== "" || word.length === 1);
  return parts.map((part) => ("variable" in part ? `"\${${part.variable}}"` : quote(part.text))).join("");
}

/** A command as one line of a script. */
export function renderCommand(words: readonly Word[]): string {
  return words.map(renderWord).join(" ");
}
