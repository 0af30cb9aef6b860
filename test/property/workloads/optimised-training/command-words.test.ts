import { execFileSync } from "node:child_process";
import { expect } from "chai";
import fc from "fast-check";
import {
  plainWords,
  renderCommand,
  splitCommand,
  type Word,
} from "../../../../workloads/optimised-training/command-words.ts";

/** What bash makes of the words of a command; globs and braces are switched off, as no command of ours has them. */
function readByBash(words: string): string[] {
  const script = `set -f +B; printf '%s\\0' first ${words}`;
  const env = { PATH: "/usr/bin:/bin", HOME: "/home/user", A: "value" };
  return execFileSync("bash", ["-c", script], { encoding: "utf8", env }).split("\0").slice(1, -1);
}

function split(text: string): readonly Word[] | null {
  try {
    return splitCommand(text, "command");
  } catch {
    return null;
  }
}

// With one variable, which is set: of one that is not, bash leaves no word, and we leave an empty one.
// Without `#`, which begins a comment only in front of a word, without ends of lines, which are
// blanks to us, and without `=` and `:`, beside which bash alone, and no other shell, takes `~` for the home folder.
const text = fc
  .string({ unit: fc.constantFrom(...Array.from("ab ab-\\'\"\t*?[]{}%^!,~/"), "$A", "${A}"), maxLength: 14 })
  .map((given) => given.replaceAll(/\$A(?=\w)/g, "${A}"));

describe("splitCommand", () => {
  it("splits what it accepts as bash does, and renders it so that bash reads the same", () => {
    let accepted = 0;
    fc.assert(
      fc.property(text, (command) => {
        const words = split(command);
        if (words === null) return;
        accepted += 1;
        const rendered = readByBash(renderCommand(words));
        expect(rendered).to.deep.equal(readByBash(command));
        expect(rendered).to.have.lengthOf(words.length);
      }),
      { numRuns: 400 },
    );
    expect(accepted).to.be.above(100);
  });

  it("accepts nothing that a shell would act on", () => {
    const acting = fc.constantFrom(...Array.from("|&;<>()`"), "$(id)", "$((1))", "${A:-b}", "$!");
    fc.assert(
      fc.property(fc.constantFrom("", "a ", "a"), acting, fc.constantFrom("", " b", "b"), (before, middle, after) => {
        expect(split(`${before}${middle}${after}`)).to.equal(null);
      }),
    );
  });
});

describe("plainWords", () => {
  const word = fc.string({ unit: "grapheme", maxLength: 12 }).map((given) => given.replaceAll("\0", ""));

  it("keeps every word as it is", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (given) => {
        expect(readByBash(renderCommand(plainWords(given)))).to.deep.equal(given);
      }),
      { numRuns: 150 },
    );
  });
});
