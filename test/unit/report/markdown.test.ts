import { expect } from "chai";
import { escapeMarkdown, markdownReport } from "../../../report/markdown.ts";
import { reportInput } from "../../fixtures/report/results.ts";

/** Cells of each line of the tables, by table. */
function tablesOf(text: string): string[][][] {
  return [...text.matchAll(/(?:^\|.*\n?)+/gm)].map(([table]) =>
    table
      .trimEnd()
      .split("\n")
      .map((line) =>
        line
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      ),
  );
}

describe("markdownReport", () => {
  const input = reportInput();
  const text = markdownReport(input);

  it("has a table for each metric of each series, one for facts and one for launches", () => {
    expect(tablesOf(text)).to.have.length(4 + 1 + 1);
  });

  it("has equally many cells on each line of a table, and a rule below its head", () => {
    for (const table of tablesOf(text)) {
      expect(new Set(table.map((cells) => cells.length)).size).to.equal(1);
      for (const cell of table[1]!) expect(cell).to.match(/^---:?$/);
    }
  });

  it("says ratio and verdict of every environment", () => {
    const [synthetic] = tablesOf(text);
    const vm = synthetic!.find(([name]) => name === "vm (user-mode-linux)")!;
    const { ratio, verdict } = input.results.comparisons[0]!;
    expect(vm[5]).to.equal(ratio!.toFixed(3));
    expect(vm[7]).to.equal(verdict);
  });

  it("says what was lost beside another training, and why", () => {
    expect(text).to.not.include("Interference");
    const shared = reportInput({ shared: true });
    const tables = tablesOf(markdownReport(shared));
    expect(tables).to.have.length(4 + 1 + 1 + 1);
    const [, bare] = tables[4]!.filter((cells) => cells[0] !== "---");
    expect(bare![1]).to.equal(shared.results.interference![0]!.ratio!.toFixed(3));
    expect(bare!.slice(4)).to.deep.equal(["slower", "waiting for a CPU", "16.0 images/s"]);
  });

  it("folds details away, and opens as many as it closes", () => {
    expect(text.match(/<details>/g)).to.have.length(3);
    expect(text.match(/<\/details>/g)).to.have.length(3);
  });

  it("says first that a run is partial", () => {
    const partial = markdownReport(reportInput({ failing: "vm" }));
    expect(partial.indexOf("> This run is partial")).to.be.within(0, partial.indexOf("Compared with"));
    expect(partial).to.include("> vm (user-mode-linux) failed (session-ended)");
  });

  it("says first what could not be had", () => {
    const input = reportInput();
    const skipped = [{ environment: "hpc" as const, reason: "there is *no* queue" }];
    const markdown = markdownReport({ ...input, results: { ...input.results, skipped } });
    expect(markdown).to.include("> hpc was left out, since it cannot be had here: there is \\*no\\* queue");
  });

  it("says why a number is missing", () => {
    const [, , elapsed] = tablesOf(markdownReport(reportInput({ failing: "vm" })));
    const vm = elapsed!.find(([name]) => name === "vm (user-mode-linux)")!;
    expect(vm[6]).to.equal("—");
    expect(vm[7]).to.match(/^cannot tell \(.*an interval needs at least 3.*\)$/);
  });

  it("keeps names from becoming markup, HTML or mentions", () => {
    const results = structuredClone(input.results);
    for (const { facts } of results.environments) facts.virtualisation = "<script>|`x`\n# @someone";
    const nasty = markdownReport({ ...input, results });
    expect(nasty).to.not.include("<script");
    expect(nasty).to.not.include("@someone");
    for (const table of tablesOf(nasty)) expect(new Set(table.map((cells) => cells.length)).size).to.equal(1);
  });

  it("escapes signs of Markdown", () => {
    expect(escapeMarkdown("a_b*c|d<e>&f@g\nh")).to.equal(
      "a\\_b\\*c\\|d&lt;e&gt;&amp;f&#64;g h".replace("&lt;", "&lt;"),
    );
  });
});
