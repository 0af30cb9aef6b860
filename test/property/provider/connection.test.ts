import { execFileSync } from "node:child_process";
import { expect } from "chai";
import fc from "fast-check";
import { commandLine, type Hop, quote } from "../../../provider/connection.ts";

/** Words as they come, and words of what a shell gives a meaning to. */
const word = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...Array.from("'\"\\$`!*?[]{}()<>|&;#~=%^ \t\n\r-a0")), maxLength: 12 }),
);
const withoutNul = word.map((text) => text.replaceAll("\0", ""));
const words = fc.array(withoutNul, { maxLength: 40 });

/** What a program printed, which ends every word with a NUL. */
function printed(file: string, argv: readonly string[]): string[] {
  return execFileSync(file, argv, { encoding: "utf8", env: { PATH: "/usr/bin:/bin" } })
    .split("\0")
    .slice(0, -1);
}

describe("quote", () => {
  it("writes words that a shell reads back exactly", () => {
    fc.assert(
      fc.property(words, (given) => {
        // `printf` prints its format once even without words.
        const script = given.length === 0 ? ":" : `printf '%s\\0' ${given.map(quote).join(" ")}`;
        expect(printed("sh", ["-c", script])).to.deep.equal(given);
      }),
      { numRuns: 150 },
    );
  });

  it("writes different words differently", () => {
    fc.assert(
      fc.property(withoutNul, withoutNul, (one, two) => {
        expect(quote(one) === quote(two)).to.equal(one === two);
      }),
      { numRuns: 2000 },
    );
  });

  it("writes one word: nothing of it ends outside its quotes", () => {
    fc.assert(
      fc.property(withoutNul, (text) => {
        // Without its quoted parts, only what no shell gives a meaning to is left.
        expect(quote(text).replaceAll(/'[^']*'|\\'/g, "")).to.match(/^[A-Za-z0-9_\-./:@%+,]*$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("commandLine", () => {
  const hops: fc.Arbitrary<Hop[]> = fc.array(
    fc.constantFrom<Hop>(
      // Reads what follows with a shell, as ssh does.
      { argv: ["sh", "-c"], shell: true },
      // Runs what follows as it is, as `podman exec` does.
      { argv: ["env", 'HOP=it\'s "one"'], shell: false },
    ),
    { maxLength: 5 },
  );

  it("runs the same command at the end of any way, with the same words", () => {
    fc.assert(
      fc.property(hops, words, (way, given) => {
        const [file = "", ...argv] = commandLine({ hops: way }, ["printf", "%s\\0", "first", ...given]);
        expect(printed(file, argv)).to.deep.equal(["first", ...given]);
      }),
      { numRuns: 150 },
    );
  });

  it("keeps every word of a way without shells as it is", () => {
    const plain = fc.array(fc.array(word, { minLength: 1 }), { maxLength: 4 });
    fc.assert(
      fc.property(plain, words, (way, given) => {
        const connection = { hops: way.map((argv) => ({ argv, shell: false })) };
        expect(commandLine(connection, given)).to.deep.equal([...way.flat(), ...given]);
      }),
    );
  });
});
