import { readFileSync } from "node:fs";
import { expect } from "chai";
import { publishedNames, publishedResults } from "../../../../catalogue/published/index.ts";
import { publishedSchema } from "../../../../catalogue/published/schema.ts";
import type { PublishedSet } from "../../../../catalogue/published/schema.ts";

const file = new URL("../../../../catalogue/published/lin-2018.json", import.meta.url);
const raw = (): PublishedSet => JSON.parse(readFileSync(file, "utf8")) as PublishedSet;
const published = publishedResults("lin-2018");
const { statements, findings, setting, source } = published;

/** What the schema says about a changed copy. */
function problemsOf(change: (copy: PublishedSet) => void): string {
  const copy = raw();
  change(copy);
  const parsed = publishedSchema.safeParse(copy);
  return parsed.success ? "" : JSON.stringify(parsed.error.issues);
}

describe("catalogue/published", () => {
  for (const name of publishedNames) {
    it(`has ${name} under its own name`, () => {
      expect(publishedResults(name).id).to.equal(name);
    });
  }

  it("has a unique id for every sentence and finding", () => {
    const ids = [...setting.statements, ...statements, ...findings].map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids.length).to.be.above(60);
  });

  it("has every sentence within the pages of the paper, in a section of it", () => {
    for (const { id, location } of [...setting.statements, ...statements]) {
      const [first, last] = location.pages;
      expect(first, id).to.be.within(source.pages[0], source.pages[1]);
      expect(last, id).to.be.within(first, source.pages[1]);
      expect(["2.2", "3.1", "3.2", "3.3", "4.1", "4.2", "4.3", "6"], id).to.include(location.section);
    }
  });

  it("has results from sections 4 and 6 only, in whole words", () => {
    for (const { id, quote, location } of statements) {
      expect(location.section, id).to.match(/^(?:4\.[123]|6)$/);
      expect(quote, id).to.match(/^\w.*[\w.%]$/);
      expect(quote, id).to.not.match(/[\n\\$]|\s\s|\w-\s/);
    }
  });

  it("quotes no sentence twice", () => {
    const quotes = statements.map(({ quote }) => quote);
    expect(new Set(quotes).size).to.equal(quotes.length);
  });

  it("has the words of every number in its sentence, and a ratio that they mean", () => {
    for (const { id, quote, numbers } of statements) {
      for (const { words, ratio, metric } of numbers) {
        expect(quote, id).to.include(words);
        const stated = [...words.matchAll(/([\d.]+)(%| times)/g)].map(([, value, unit]) =>
          unit === "%" ? Number(value) / 100 : Number(value) - 1,
        );
        expect(stated, id).to.have.length.above(0);
        const change = metric === "throughput" ? 1 - ratio : ratio - 1;
        expect(
          stated.some((each) => Math.abs(each - change) < 1e-9),
          `${id}: ${words} as ${ratio}`,
        ).to.equal(true);
      }
    }
  });

  it("turns a bound of a degradation the right way round", () => {
    for (const { numbers } of statements) {
      for (const { words, metric, relation } of numbers) {
        const limits = /within|less than|under|as much as/.test(words);
        const exceeds = words.includes("more than");
        if (limits)
          expect(relation).to.be.oneOf(metric === "throughput" ? ["at least", "above"] : ["at most", "below"]);
        if (exceeds) expect(relation).to.be.equal(metric === "throughput" ? "below" : "above");
        if (!limits && !exceeds) expect(relation, words).to.equal("about");
      }
    }
  });

  it("claims nothing of environments, metrics or scenarios that the sentence does not speak of", () => {
    const byId = new Map(statements.map((statement) => [statement.id, statement]));
    for (const { id, statement, claim } of findings) {
      const { environments, metrics, conditions, baseline } = byId.get(statement)!;
      expect([...environments, baseline], id).to.include.members(claim.environments);
      expect([...environments, baseline, null], id).to.include(claim.baseline);
      expect(metrics, id).to.include.members(claim.metrics);
      if (id !== "single-imagenet-container-on-vm-suffers-more") expect(claim.conditions, id).to.deep.equal(conditions);
    }
  });

  it("takes every limit from a number of its sentence", () => {
    const byId = new Map(statements.map((statement) => [statement.id, statement]));
    for (const { id, statement, claim } of findings) {
      if (claim.margin === null) continue;
      const bounds = byId
        .get(statement)!
        .numbers.map(({ metric, ratio }) => (metric === "throughput" ? 1 - ratio : ratio - 1));
      expect(
        bounds.some((bound) => Math.abs(bound - claim.margin!) < 1e-9),
        id,
      ).to.equal(true);
    }
  });

  it("uses every sentence: in a finding or for its numbers", () => {
    const used = new Set(findings.map(({ statement }) => statement));
    for (const { id, numbers } of statements) expect(used.has(id) || numbers.length > 0, id).to.equal(true);
  });
});

describe("publishedSchema", () => {
  const refused: readonly [string, RegExp, (copy: PublishedSet) => void][] = [
    ["an id that is used twice", /not unique/, (copy) => (copy.findings[1]!.id = copy.findings[0]!.id)],
    ["a finding of no sentence", /not there/, (copy) => (copy.findings[0]!.statement = "elsewhere")],
    ["a quotation of 26 words", /25 words/, (copy) => (copy.statements[0]!.quote = Array(26).fill("word").join(" "))],
    ["pages in the wrong order", /first page/, (copy) => (copy.statements[0]!.location.pages = [380, 379])],
    ["a direction with a margin", /no margin/, (copy) => (copy.findings[0]!.claim.margin = 0.1)],
    ["a comparison with itself", /itself/, (copy) => (copy.findings[0]!.claim.baseline = "vm")],
    ["a comparison without its baseline", /kind differ/, (copy) => (copy.findings[0]!.claim.baseline = null)],
    ["a limit without a number", /margin/, (copy) => (copy.findings[0]!.claim.expected = "limited")],
    ["a key that nobody knows", /unrecognized/, (copy) => Object.assign(copy.statements[0]!, { figure: 2 })],
  ];
  for (const [what, message, change] of refused) {
    it(`refuses ${what}`, () => {
      expect(problemsOf(change)).to.match(message);
    });
  }

  it("takes the file as it is", () => {
    expect(problemsOf(() => undefined)).to.equal("");
  });
});
