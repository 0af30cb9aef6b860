import { expect } from "chai";
import fc from "fast-check";
import { blockPlot, interferencePlot, launchPlot, ratioPlot } from "../../../report/plots.ts";
import { blockPoints, interferenceRows, ratioRows } from "../../../report/plots/data.ts";
import { spreadLabels } from "../../../report/plots/labels.ts";
import { ratioAxisEnd } from "../../../report/plots/ratio-plot.ts";
import { rowPadding } from "../../../report/plots/rows.ts";
import { darkTheme, lightTheme } from "../../../report/plots/theme.ts";
import { launchBreakdown } from "../../../report/launches.ts";
import { runOf } from "../../../report/run.ts";
import { reportInput } from "../../fixtures/report/results.ts";
import { barsOf, linesOf, pointsOf, textsOf } from "./svg.ts";

const input = reportInput();
const { results, lines } = input;

describe("ratioPlot", () => {
  for (const metric of ["throughput", "elapsed"] as const) {
    it(`ends bars and whiskers of ${metric} where ratio and interval are`, async () => {
      const svg = await ratioPlot({ results, series: "synthetic", metric });
      const rows = ratioRows(results, "synthetic", metric);
      const scale = (400 - rowPadding.left - rowPadding.right) / ratioAxisEnd(rows);
      const bars = barsOf(svg, "bar");
      expect(bars).to.have.length(rows.length);
      bars.forEach(({ left, width }, index) => {
        expect(left).to.equal(0);
        expect(width).to.be.closeTo(rows[index]!.ratio! * scale, 0.01);
      });
      const whiskers = linesOf(svg, "whisker");
      const known = rows.filter(({ low }) => low !== null);
      expect(whiskers).to.have.length(3);
      whiskers.forEach(({ x1, x2, y1, y2 }, index) => {
        expect(Math.min(x1, x2)).to.be.closeTo(known[index]!.low! * scale, 0.01);
        expect(Math.max(x1, x2)).to.be.closeTo(known[index]!.high! * scale, 0.01);
        expect(y1).to.equal(y2);
      });
      expect(linesOf(svg, "cap")).to.have.length(6);
    });
  }

  it("labels bars with environment, virtualisation, ratio and interval", async () => {
    const svg = await ratioPlot({ results, series: "synthetic", metric: "throughput" });
    const { ratio, interval } = results.comparisons[0]!;
    expect(textsOf(svg, "name")).to.include("vm (user-mode-linux)");
    expect(textsOf(svg, "value")[0]).to.equal("1 (baseline)");
    expect(textsOf(svg, "value")[1]).to.equal(
      `${ratio!.toFixed(3)} (${interval!.low.toFixed(3)} to ${interval!.high.toFixed(3)})`,
    );
  });

  it("draws no bar for a missing ratio and says why in its place", async () => {
    const changed = structuredClone(results);
    Object.assign(changed.comparisons[0]!, { ratio: null, interval: null, reason: "no pair of blocks" });
    const svg = await ratioPlot({ results: changed, series: "synthetic", metric: "throughput" });
    expect(barsOf(svg, "bar")).to.have.length(3);
    expect(linesOf(svg, "whisker")).to.have.length(2);
    expect(textsOf(svg, "value")[1]).to.equal("—");
    expect(textsOf(svg, "note")).to.deep.equal(["no pair of blocks"]);
  });

  it("cuts a reason that is longer than its row", async () => {
    const changed = structuredClone(results);
    Object.assign(changed.comparisons[0]!, { ratio: null, interval: null, reason: "because ".repeat(40) });
    const svg = await ratioPlot({ results: changed, series: "synthetic", metric: "throughput" });
    expect(textsOf(svg, "note")[0])
      .to.match(/^because .*…$/)
      .and.to.have.length.at.most(56);
    expect(linesOf(svg, "baseline")).to.have.length(3);
  });

  it("draws a bar without a whisker for a ratio without an interval", async () => {
    const changed = structuredClone(results);
    Object.assign(changed.comparisons[0]!, { interval: null, verdict: "cannot tell", reason: "two pairs" });
    const svg = await ratioPlot({ results: changed, series: "synthetic", metric: "throughput" });
    expect(barsOf(svg, "bar")).to.have.length(4);
    expect(linesOf(svg, "whisker")).to.have.length(2);
    expect(textsOf(svg, "value")[1]).to.match(/^0\.\d{3} \(no interval\)$/);
  });

  it("makes the axis reach the widest whisker", () => {
    const changed = structuredClone(results);
    changed.comparisons[0]!.interval!.high = 3.5;
    expect(ratioAxisEnd(ratioRows(changed, "synthetic", "throughput"))).to.be.greaterThan(3.5);
  });
});

describe("interferencePlot", () => {
  const shared = reportInput({ shared: true }).results;

  it("ends a bar where throughput beside ÷ alone is, the baseline's too, on the axis that it is given", async () => {
    const svg = await interferencePlot({ results: shared, series: "synthetic", end: 2 });
    const rows = interferenceRows(shared, "synthetic");
    const scale = (400 - rowPadding.left - rowPadding.right) / 2;
    const bars = barsOf(svg, "bar");
    expect(bars).to.have.length(4);
    bars.forEach(({ width }, index) => expect(width).to.be.closeTo(rows[index]!.ratio! * scale, 0.01));
    expect(linesOf(svg, "whisker")).to.have.length(4);
    expect(textsOf(svg, "value")).to.deep.equal(rows.map(({ valueText }) => valueText));
  });

  it("draws no bar of an environment that tells nothing, and says so", async () => {
    const [, ...others] = shared.interference!;
    const svg = await interferencePlot({ results: { ...shared, interference: others }, series: "synthetic" });
    expect(barsOf(svg, "bar")).to.have.length(3);
    expect(textsOf(svg, "note")).to.deep.equal(["not compared"]);
  });
});

describe("blockPlot", () => {
  for (const width of [860, 400]) {
    it(`draws every block once at ${width} pixels, faster ones higher and later ones further right`, async () => {
      const svg = await blockPlot({ ...input, series: "synthetic", width });
      const points = blockPoints(runOf(input), lines, "synthetic");
      const drawn = pointsOf(svg, "block");
      expect(drawn)
        .to.have.length(4 * 3 * 4)
        .and.to.have.length(points.length);
      // Two blocks fix both scales; all others must lie on them.
      const byRate = points.map((point, index) => ({ ...point, ...drawn[index]! })).sort((a, b) => a.rate - b.rate);
      const [slow, fast] = [byRate[0]!, byRate.at(-1)!];
      expect(fast.y).to.be.lessThan(slow.y);
      for (const { rate, y } of byRate) {
        const share = (rate - slow.rate) / (fast.rate - slow.rate);
        expect(y).to.be.closeTo(slow.y + share * (fast.y - slow.y), 0.01);
      }
      const byTime = [...byRate].sort((a, b) => a.time - b.time);
      const [first, last] = [byTime[0]!, byTime.at(-1)!];
      expect(last.x).to.be.greaterThan(first.x);
      for (const { time, x } of byTime) {
        const share = (time - first.time) / (last.time - first.time);
        expect(x).to.be.closeTo(first.x + share * (last.x - first.x), 0.01);
      }
    });
  }

  it("names environments beside the points when it is wide, without overlap", async () => {
    const svg = await blockPlot({ ...input, series: "synthetic" });
    expect(textsOf(svg, "name")).to.have.members(
      results.environments.map(({ environment, facts }) =>
        facts.virtualisation === "none" ? environment : `${environment} (${facts.virtualisation})`,
      ),
    );
    const heights = pointsOf(svg, "nameSign")
      .map(({ y }) => y)
      .sort((a, b) => a - b);
    for (const [index, y] of heights.slice(1).entries()) expect(y - heights[index]!).to.be.at.least(15.99);
  });

  it("marks the rounds", async () => {
    const svg = await blockPlot({ ...input, series: "synthetic" });
    expect(textsOf(svg, "roundName")).to.deep.equal(["round 1", "round 2", "round 3"]);
  });

  it("takes its colours from the theme", async () => {
    const svg = await blockPlot({ ...input, series: "synthetic", theme: darkTheme });
    expect(svg).to.include(darkTheme.environments.vm).and.not.to.include(lightTheme.environments.vm);
  });
});

describe("launchPlot", () => {
  it("draws parts that add up to the launch", async () => {
    const { environments, phases } = launchBreakdown(results, lines);
    expect(phases).to.deep.equal(["start", "import", "build", "warmUp", "other"]);
    const parts = barsOf(await launchPlot({ results, lines }), "part");
    expect(parts).to.have.length(environments.length * phases.length);
    const ends = environments.map((_, index) => parts[index * phases.length + phases.length - 1]!);
    const longest = Math.max(...environments.map(({ seconds }) => seconds!));
    const scale = (860 - rowPadding.left - rowPadding.right) / (longest * 1.02);
    ends.forEach(({ left, width }, index) => {
      expect(left + width).to.be.closeTo(environments[index]!.seconds! * scale, 0.05);
    });
  });

  it("says which environment never launched", async () => {
    const without = lines.filter((line) => !(line.type === "launch" && line.environment === "vm"));
    const svg = await launchPlot({ results, lines: without });
    expect(textsOf(svg, "value")).to.include("— no launch succeeded");
  });
});

describe("spreadLabels", () => {
  const positions = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { maxLength: 6 });

  it("keeps labels apart, in order and within bounds when they fit", () => {
    fc.assert(
      fc.property(positions, (wanted) => {
        const placed = spreadLabels(wanted, 16, 0, 200);
        const pairs = wanted.map((want, index) => ({ want, place: placed[index]! })).sort((a, b) => a.place - b.place);
        pairs.slice(1).forEach((pair, index) => {
          expect(pair.place - pairs[index]!.place).to.be.at.least(16 - 1e-9);
          expect(pair.want).to.be.at.least(pairs[index]!.want);
        });
        for (const { place } of pairs) expect(place).to.be.within(-1e-9, 200 + 1e-9);
      }),
    );
  });

  it("leaves labels that are far apart where they are", () => {
    expect(spreadLabels([100, 20, 60], 16, 0, 200)).to.deep.equal([100, 20, 60]);
  });

  it("moves two labels at one place by half the gap each", () => {
    expect(spreadLabels([50, 50], 16, 0, 200)).to.deep.equal([42, 58]);
  });
});

/** Relative luminance and contrast after WCAG 2.1. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe("themes", () => {
  for (const [name, theme] of Object.entries({ lightTheme, darkTheme })) {
    it(`${name}: text has a contrast of 4.5 and every environment's colour one of 3`, () => {
      for (const colour of [theme.ink, theme.muted]) expect(contrast(colour, theme.surface)).to.be.at.least(4.5);
      for (const [environment, colour] of Object.entries(theme.environments)) {
        expect(contrast(colour, theme.surface), environment).to.be.at.least(3);
      }
      theme.phases.forEach((colour, index) => {
        expect(contrast(colour, theme.phaseInks[index]!), `phase ${index}`).to.be.at.least(4.5);
      });
    });
  }
});
