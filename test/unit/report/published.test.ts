import { expect } from "chai";
import { publishedResults } from "../../../catalogue/published/index.ts";
import { againstPublished } from "../../../measure/published.ts";
import type { AgainstPublished, StudyCell } from "../../../measure/published.ts";
import { publishedSection } from "../../../report/html/published.ts";
import { publishedAxis, publishedPlot } from "../../../report/plots/published-plot.ts";
import { publishedMarkdown } from "../../../report/published-markdown.ts";
import { publishedRows } from "../../../report/published.ts";
import { slowedBy, studyCell } from "../../fixtures/published/study.ts";
import { barsOf, linesOf, pointsOf, resolved, textsOf } from "./svg.ts";
import { markupErrors } from "./well-formed.ts";

const published = publishedResults("lin-2018");
const cells = (["single", "distributed", "shared"] as const).map((scenario) =>
  studyCell({ scenario, batchSize: 32, ratio: slowedBy(scenario === "single" ? 1.05 : 1.3) }),
);
const held = (study: readonly StudyCell[]): AgainstPublished => againstPublished(study, published);
const against = held(cells);
const throughput = against.numbers.filter(
  ({ number }) => number.metric === "throughput" && number.compared === "environments",
);

/** Pixels of the plotting area: width less the room beside it. */
const inner = 400 - 150 - 10;

describe("publishedRows", () => {
  it("has every finding once, below its sentence, with its place", () => {
    const { scenarios } = publishedRows(against);
    const statements = scenarios.flatMap((each) => each.statements);
    expect(statements.flatMap(({ rows }) => rows)).to.have.length(published.findings.length);
    expect(statements[0]!.place).to.equal("section 4.1, paragraph 1, sentence 4 (pp.\u00a0379–380)");
    expect(scenarios.map(({ title }) => title)).to.deep.equal([
      "Single instance",
      "Distributed over several instances",
      "Shared host",
    ]);
  });

  it("counts verdicts so that they sum to all findings", () => {
    const [total, ...counts] = publishedRows(against).summary.replace("Lin 2018", "").match(/\d+/g)!.map(Number);
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(total);
    expect(counts[0]).to.equal(against.judgements.filter(({ verdict }) => verdict === "agrees").length);
  });

  it("gives letters to what concerns some findings, and none to what concerns all", () => {
    const { footnotes, scenarios } = publishedRows(against);
    const common = footnotes.filter(({ letter }) => letter === null).map(({ text }) => text);
    expect(common.join()).to.include("CPU instead of GPU");
    expect(common.join()).to.not.include("User-Mode Linux");
    const known = footnotes.flatMap(({ letter }) => letter ?? []);
    expect(new Set(known).size).to.equal(known.length);
    for (const { letters } of scenarios.flatMap((each) => each.statements.flatMap(({ rows }) => rows))) {
      expect(known).to.include.members([...letters]);
    }
  });

  it("shows the numbers that decided", () => {
    const [finding] = publishedRows(against).scenarios[0]!.statements[0]!.rows;
    const { decisive } = against.judgements[0]!;
    expect(finding!.ratio).to.equal(decisive!.ratio!.toFixed(3));
    expect(finding!.why).to.match(
      /^of 2 comparisons 2 agree; nearest to its bound: .*: the interval lies (?:below|above) 1$/,
    );
    expect(finding!.comparisons).to.have.length(2);
  });

  it("says of a finding about accelerators that there is none, whatever the ratio", () => {
    const rows = publishedRows(against).scenarios[2]!.statements.flatMap((each) => each.rows);
    const row = rows.find(({ title }) => title.startsWith("batch 32"));
    expect(row!.verdict).to.equal("cannot tell");
    expect(row!.why).to.match(/^the finding is about accelerators.*; shown: elapsed time, /);
  });
});

describe("publishedPlot", () => {
  const scaleOf = () => {
    const [low, high] = publishedAxis(throughput);
    return (value: number) => ((value - low) / (high - low)) * inner;
  };

  it("puts published bars, dots and whiskers where the ratios are", async () => {
    const svg = await publishedPlot({ numbers: throughput, title: "throughput" });
    const x = scaleOf();
    const bars = linesOf(svg, "published");
    expect(bars).to.have.length(throughput.length);
    bars.forEach(({ x1, x2 }, index) => {
      expect(x1).to.be.closeTo(x(throughput[index]!.number.ratio), 0.01);
      expect(x2).to.equal(x1);
    });
    const found = throughput.flatMap(({ measured }) => measured);
    expect(found).to.have.length.above(5);
    pointsOf(svg, "measured").forEach((point, index) => {
      expect(point.x).to.be.closeTo(x(found[index]!.ratio!), 0.01);
    });
    linesOf(svg, "whisker").forEach(({ x1, x2 }, index) => {
      expect(Math.min(x1, x2)).to.be.closeTo(x(found[index]!.interval!.low), 0.01);
      expect(Math.max(x1, x2)).to.be.closeTo(x(found[index]!.interval!.high), 0.01);
    });
  });

  it("shades the side that a bound allows, and nothing for a number that is about so much", async () => {
    const svg = await publishedPlot({ numbers: throughput, title: "throughput" });
    const x = scaleOf();
    const bounds = throughput.filter(({ number }) => number.relation !== "about");
    const shaded = barsOf(svg, "allowed");
    expect(shaded).to.have.length(bounds.length);
    shaded.forEach(({ left, width }, index) => {
      const { ratio, relation } = bounds[index]!.number;
      const below = relation === "below" || relation === "at most";
      expect(left).to.be.closeTo(below ? 0 : x(ratio), 0.01);
      expect(left + width).to.be.closeTo(below ? x(ratio) : inner, 0.01);
    });
  });

  it("names environment, scenario and the words of the source, and says what was not measured", async () => {
    const numbers = held([cells[0]!]).numbers.filter(({ number }) => number.metric === "throughput");
    const svg = await publishedPlot({ numbers, title: "throughput" });
    expect(textsOf(svg, "name")).to.include("vm, distributed");
    expect(textsOf(svg, "words")).to.include("“about 20%”");
    expect(textsOf(svg, "cell")).to.include("not measured").and.to.include("resnet50, synth., 32");
  });
});

describe("publishedSection", () => {
  it("is well-formed, and has each sentence, finding and verdict", async () => {
    const { html } = await publishedSection(against, 7);
    expect(markupErrors(html)).to.deep.equal([]);
    const text = resolved(html);
    for (const { statement, finding } of against.judgements) {
      expect(text).to.include(statement.quote);
      expect(text).to.include(finding.title);
    }
    expect(html.match(/<span class="(?:agrees|disagrees|open)">/g)).to.have.length(published.findings.length);
    expect(html.match(/<svg/g)).to.have.length(3);
    expect(html).to.include("Figure 7.");
  });

  it("takes its colours from the page, so that it serves light and dark", async () => {
    const { html } = await publishedSection(against);
    expect(html).to.not.match(/(?:fill|stroke)="#/);
  });

  it("draws nothing and says so where nothing was measured", async () => {
    const { html } = await publishedSection(held([]));
    expect(html).to.not.include("<svg");
    expect(html).to.include("None of the numbers that Lin 2018 states was measured.");
    expect(markupErrors(html)).to.deep.equal([]);
  });

  it("keeps text of a record from becoming markup", async () => {
    const [cell] = cells;
    const results = structuredClone(cell!.results);
    for (const { facts } of results.environments) facts.cpuModel = "<script>x</script>";
    const { html } = await publishedSection(held([{ ...cell!, results }]));
    expect(html).to.not.include("<script");
    expect(markupErrors(html)).to.deep.equal([]);
  });
});

describe("publishedMarkdown", () => {
  const text = publishedMarkdown(against);

  it("has each sentence and finding, and a row for each number and cell", () => {
    for (const { finding } of against.judgements) expect(text).to.include(finding.title);
    expect(text.match(/^> “/gm)).to.have.length(new Set(published.findings.map(({ statement }) => statement)).size);
    const numbers = against.numbers.reduce((sum, { measured }) => sum + Math.max(1, measured.length), 0);
    const [table] = /(?:^\|.*\n)+/m.exec(text.slice(text.indexOf("Numbers that")))!;
    expect(table.trimEnd().split("\n")).to.have.length(numbers + 2);
  });

  it("has equally many cells on each line of a table", () => {
    for (const [table] of text.matchAll(/(?:^\|.*\n?)+/gm)) {
      const counts = table
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/(?<!\\)\|/).length);
      expect(new Set(counts).size).to.equal(1);
    }
  });
});
