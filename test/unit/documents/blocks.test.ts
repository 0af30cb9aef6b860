import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CommanderError } from "commander";
import { expect } from "chai";
import { makeProgram } from "../../../cli/program.ts";
import { captured } from "../../support/captured.ts";
import { allBlocks, documents, placeOf, root, spansIn, textOf } from "../../support/documents/blocks.ts";
import { problemsOf } from "../../support/documents/checks.ts";
import { isSafe, mentionProblem } from "../../support/documents/command-lines.ts";
import { shellCommands } from "../../support/documents/shell.ts";
import { missing, readMachine } from "../../support/machine.mjs";
import { skip } from "../../support/skip.ts";

/** What a command line of `underlay` prints and ends with, run in this process where the reader would be. */
async function run(words: readonly string[], folder: string): Promise<{ code: number; text: string }> {
  const [before, code] = [process.cwd(), process.exitCode];
  process.chdir(folder);
  process.exitCode = 0;
  try {
    const text = await captured("stdout", async () => {
      await makeProgram()
        .parseAsync([...words], { from: "user" })
        .catch((thrown: unknown) => {
          if (!(thrown instanceof CommanderError)) throw thrown;
          process.exitCode = thrown.exitCode;
        });
    });
    return { code: process.exitCode, text };
  } finally {
    process.exitCode = code;
    process.chdir(before);
  }
}

describe("code blocks of the documents", () => {
  const blocks = allBlocks();

  it("are what the project's own readers take, or say why not", function () {
    this.timeout(60_000);
    expect(blocks).to.have.length.above(20);
    expect(blocks.flatMap((block) => problemsOf(block).map((problem) => `${placeOf(block)} ${problem}`))).to.deep.equal(
      [],
    );
  });

  describe("that are safe and quick, run as they stand", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), "documents-"));
      symlinkSync(path.join(root, "examples"), path.join(folder, "examples"));
    });
    after(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    /** Nothing else is ever run: not even of a block that should say why it is not. */
    const safe = blocks
      .filter(({ language, notRun }) => language === "sh" && notRun === null)
      .flatMap((block) => shellCommands(block.text).map((command) => ({ block, ...command })))
      .filter(({ words, redirected }) => isSafe(words) && !redirected);
    it("are some", () => {
      expect(safe).to.have.length.above(5);
    });
    for (const { block, words } of safe) {
      it(`${placeOf(block)} ${words.join(" ")}`, async function () {
        this.timeout(60_000);
        if (words.includes("detect")) {
          const reason = missing(readMachine(), "root", "root");
          if (reason !== null) skip(this, reason);
        }
        const { code, text } = await run(words.slice(words.indexOf("underlay") + 1), folder);
        expect(code).to.equal(0);
        expect(text).to.have.length.above(0);
      });
    }
  });

  it("name every command of the command line, as the text around them does, with options that it has", () => {
    const mentions = documents().flatMap((file) =>
      spansIn(textOf(file)).flatMap(({ text, line }) => {
        const [, words] = /^(?:npx )?underlay ([a-z][^|]*)$/.exec(text) ?? [];
        return words === undefined ? [] : [{ file, line, words: words.split(" ") }];
      }),
    );
    expect(mentions).to.have.length.above(20);
    const wrong = mentions.flatMap(({ words, ...place }) => {
      const problem = mentionProblem(words);
      return problem === null ? [] : [`${placeOf(place)} ${problem}`];
    });
    expect(wrong).to.deep.equal([]);
    const shown = [...blocks.map(({ text }) => text), ...mentions.map(({ words }) => `underlay ${words.join(" ")}`)];
    const names = makeProgram().commands.map((command) => command.name());
    expect(names.filter((name) => !shown.some((text) => text.includes(`underlay ${name}`)))).to.deep.equal([]);
  });
});
