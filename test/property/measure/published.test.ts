import { expect } from "chai";
import fc from "fast-check";
import { publishedResults } from "../../../catalogue/published/index.ts";
import type { PublishedClaim } from "../../../catalogue/published/schema.ts";
import { inverse, less, ratioOf, widened } from "../../../measure/published/estimate.ts";
import { clearance, judgeInterval, regionOf } from "../../../measure/published/region.ts";
import { judgePublished } from "../../../measure/published.ts";
import { randomFrom } from "../../../measure/random.ts";
import { studyCell } from "../../fixtures/published/study.ts";
import type { CellOptions } from "../../fixtures/published/study.ts";

const published = publishedResults("lin-2018");

const ratio = fc.double({ min: 0.2, max: 5, noNaN: true });
const spread = fc.double({ min: 1e-6, max: 1, noNaN: true });
/** An estimate on the logarithmic scale, not symmetric. */
const estimate = fc.record({ ratio, below: spread, above: spread }).map((given) => {
  const value = Math.log(given.ratio);
  return { value, low: value - given.below, high: value + given.above, n: 5, freedom: 4, method: "given" };
});
const bounds = estimate.map((each) => ratioOf(each));
const metric = fc.constantFrom("throughput" as const, "elapsed" as const);
const margin = fc.double({ min: 0.01, max: 0.5, noNaN: true });

function claimOf(expected: PublishedClaim["expected"], given: number | null): PublishedClaim {
  const [finding] = published.findings;
  return { ...finding!.claim, expected, margin: given };
}

describe("judgeInterval", () => {
  it("agrees with a claim and its opposite never at once, and mirrors them when the ratio is inverted", () => {
    fc.assert(
      fc.property(bounds, metric, ({ interval }, which) => {
        const say = (expected: "slower" | "faster", { low, high } = interval) =>
          judgeInterval({ low, high }, regionOf(claimOf(expected, null), which, 0.1));
        const opposite = { agrees: "disagrees", disagrees: "agrees", "cannot tell": "cannot tell" } as const;
        expect(say("faster")).to.equal(opposite[say("slower")]);
        const inverted = { ...interval, low: 1 / interval.high, high: 1 / interval.low };
        expect(say("faster", inverted)).to.equal(say("slower"));
      }),
    );
  });

  it("says the same of a throughput and of the elapsed time that is its inverse, in direction and equality", () => {
    fc.assert(
      fc.property(bounds, fc.constantFrom("slower" as const, "faster" as const), ({ interval }, expected) => {
        const { low, high } = interval;
        const inverted = { low: 1 / high, high: 1 / low };
        const claim = claimOf(expected, null);
        expect(judgeInterval(inverted, regionOf(claim, "elapsed", 0.1))).to.equal(
          judgeInterval(interval, regionOf(claim, "throughput", 0.1)),
        );
      }),
    );
  });

  it("never withdraws an equality when the margin grows, and never a contradiction when it shrinks", () => {
    fc.assert(
      fc.property(bounds, metric, margin, margin, ({ interval }, which, one, other) => {
        const [narrow, wide] = [Math.min(one, other), Math.max(one, other)];
        const say = (given: number) => judgeInterval(interval, regionOf(claimOf("about equal", given), which, 0.1));
        if (say(narrow) === "agrees") expect(say(wide)).to.equal("agrees");
        if (say(wide) === "disagrees") expect(say(narrow)).to.equal("disagrees");
      }),
    );
  });

  it("only loses certainty when an interval grows", () => {
    fc.assert(
      fc.property(bounds, metric, margin, spread, spread, ({ interval }, which, given, below, above) => {
        const wider = { low: interval.low * Math.exp(-below), high: interval.high * Math.exp(above) };
        for (const expected of ["slower", "faster", "about equal", "limited"] as const) {
          const region = regionOf(claimOf(expected, expected.endsWith("er") ? null : given), which, 0.1);
          const [before, after] = [judgeInterval(interval, region), judgeInterval(wider, region)];
          expect([before, "cannot tell"]).to.include(after);
        }
      }),
    );
  });

  it("agrees exactly when the interval has room on both sides", () => {
    fc.assert(
      fc.property(bounds, metric, margin, ({ interval }, which, given) => {
        const region = regionOf(claimOf("about equal", given), which, 0.1);
        expect(judgeInterval(interval, region) === "agrees").to.equal(clearance(interval, region) > 0);
      }),
    );
  });
});

describe("less", () => {
  it("contains the difference, and is wider than each of the two", () => {
    fc.assert(
      fc.property(estimate, estimate, (one, other) => {
        const { value, low, high } = less(one, other);
        expect(value).to.be.closeTo(one.value - other.value, 1e-12);
        expect(low).to.be.at.most(value);
        expect(high).to.be.at.least(value);
        const width = high - low;
        expect(width).to.be.at.least(Math.max(one.value - one.low, other.high - other.value));
        expect(width).to.be.at.most(one.high - one.low + (other.high - other.low) + 1e-12);
      }),
    );
  });

  it("mirrors when the two are swapped", () => {
    fc.assert(
      fc.property(estimate, estimate, (one, other) => {
        const forward = less(one, other);
        const backward = inverse(less(other, one));
        expect(backward.low).to.be.closeTo(forward.low, 1e-12);
        expect(backward.high).to.be.closeTo(forward.high, 1e-12);
      }),
    );
  });

  it("covers the true difference of two normal means in about 95 %", () => {
    const random = randomFrom(7);
    const z = 1.959963984540054;
    const draws = 4000;
    let covered = 0;
    for (let draw = 0; draw < draws; draw += 1) {
      const side = (mean: number, error: number) => {
        const value = mean + error * random.normal();
        return { value, low: value - z * error, high: value + z * error, n: 30, freedom: 29, method: "normal" };
      };
      const { low, high } = less(side(0.3, 0.1), side(0.1, 0.04));
      if (low <= 0.2 && high >= 0.2) covered += 1;
    }
    expect(covered / draws).to.be.within(0.94, 0.96);
  });
});

describe("widened", () => {
  it("leaves one interval as it is, and grows with their number", () => {
    fc.assert(
      fc.property(bounds, fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 50 }), (given, count, freedom) => {
        const alone = widened(given.ratio, given.interval, freedom, 1);
        expect(alone.low / given.interval.low).to.be.closeTo(1, 1e-9);
        expect(alone.high / given.interval.high).to.be.closeTo(1, 1e-9);
        const many = widened(given.ratio, given.interval, freedom, count);
        const more = widened(given.ratio, given.interval, freedom, count + 1);
        expect(many.low).to.be.below(alone.low);
        expect(more.low).to.be.below(many.low);
        expect(many.high).to.be.above(alone.high);
        expect(more.high).to.be.above(many.high);
      }),
    );
  });
});

describe("judgePublished", () => {
  const metrics = ["throughput", "elapsed"] as const;
  const models = ["resnet50", "inception-v3", "alexnet"];
  /** Any study: some cells, each environment with any ratio. */
  const study = fc
    .array(
      fc.record({
        scenario: fc.constantFrom("single" as const, "distributed" as const, "shared" as const),
        model: fc.constantFrom(...models),
        batchSize: fc.constantFrom(4, 32, 512),
        ratios: fc.array(bounds, { minLength: 12, maxLength: 12 }),
      }),
      { maxLength: 6 },
    )
    .map((cells) =>
      cells.map(({ ratios, ...cell }) => {
        const environments = ["vm", "container-on-bare-metal", "container-on-vm"];
        const at: NonNullable<CellOptions["ratio"]> = (environment, which, series) => {
          const index =
            environments.indexOf(environment) + 3 * metrics.indexOf(which) + (series === "imagenet" ? 6 : 0);
          const made = ratios[index]!;
          return [made.ratio, made.interval.low, made.interval.high];
        };
        return studyCell({ ...cell, ratio: at });
      }),
    );

  it("says what its evidence says", () => {
    fc.assert(
      fc.property(study, (cells) => {
        for (const { verdict, evidence, outcome, reason, decisive } of judgePublished(cells, published)) {
          expect(reason).to.have.length.at.least(outcome.length);
          const verdicts = evidence.map((each) => each.verdict);
          if (verdict === "agrees") expect(new Set(verdicts)).to.deep.equal(new Set(["agrees"]));
          if (verdict === "disagrees") {
            expect(verdicts).to.include("disagrees");
            expect(decisive?.verdict).to.equal("disagrees");
          }
          if (evidence.length === 1 && decisive?.interval != null && !reason.includes("this study has none")) {
            expect(verdict).to.equal(verdicts[0]);
          }
          for (const { ratio: own, interval } of evidence) {
            if (own !== null && interval !== null) expect(own).to.be.within(interval.low, interval.high);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("does not depend on the order of the cells", () => {
    const distinct = (cells: readonly { scenario: string; model: string; batchSize: number }[]) =>
      new Set(cells.map(({ scenario, model, batchSize }) => `${scenario} ${model} ${batchSize}`)).size === cells.length;
    fc.assert(
      fc.property(study.filter(distinct), (cells) => {
        const verdicts = (given: typeof cells) => judgePublished(given, published).map(({ verdict }) => verdict);
        expect(verdicts([...cells].reverse())).to.deep.equal(verdicts(cells));
      }),
      { numRuns: 25 },
    );
  });

  it("contradicts a finding at its boundary in at most 5 % of studies", () => {
    // Every environment is exactly as fast as bare metal, the hardest case for “slower”: three models, two metrics.
    const random = randomFrom(11);
    const findings = published.findings.filter(({ id }) => id === "single-synthetic-vm-slower");
    const z = 1.959963984540054;
    const studies = 400;
    let contradicted = 0;
    for (let draw = 0; draw < studies; draw += 1) {
      const cells = models.map((model) =>
        studyCell({
          model,
          data: ["synthetic"],
          ratio: () => {
            const value = 0.02 * random.normal();
            return [Math.exp(value), Math.exp(value - 0.02 * z), Math.exp(value + 0.02 * z)];
          },
        }),
      );
      const [slower] = judgePublished(cells, { ...published, findings });
      if (slower?.verdict === "disagrees") contradicted += 1;
    }
    expect(contradicted / studies).to.be.at.most(0.05);
  });
});
