import { expect } from "chai";
import fc from "fast-check";
import { randomFrom } from "../../../measure/random.ts";
import {
  chooseVersions,
  fewestRecords,
  type MeasuredVersions,
  type VersionSet,
} from "../../../measure/version-ranking.ts";
import { serviceMeasurement } from "../../fixtures/service-measurement.ts";
import { errorOf } from "../../support/expect-error.ts";

const set = (keras: string, numpy = "2.4.6"): VersionSet => ({ keras, numpy });

/** A service with a version of Keras whose every cost is `factor` times the usual. */
function record(keras: string, factor: number, said: Partial<MeasuredVersions> = {}): MeasuredVersions {
  return serviceMeasurement({
    packages: [
      { name: "keras", version: keras },
      { name: "numpy", version: "2.4.6" },
    ],
    imageBytes: Math.round(9e8 * factor),
    coldStartSec: 8 * factor,
    latencyMs: { p50: 40 * factor, p95: null, p99: null, n: 20, concurrency: 1 },
    ...said,
  });
}

/** Records of two series, with errors of 2 % drawn by a seed. */
function recordsOf(seed: number, count: number, effect: number): MeasuredVersions[] {
  const random = randomFrom(seed);
  const noise = () => Math.exp(0.02 * random.normal());
  return Array.from({ length: count }, () => [record("3.15.1", noise()), record("3.12.0", effect * noise())]).flat();
}

describe("choosing among valid versions", () => {
  it("takes the newest set without records, with too few, and where there is no other, and says so", () => {
    expect(chooseVersions([set("3.15.1")], [])).to.include({ candidate: 0, by: "newest" });
    const few = recordsOf(1, 2, 0.5);
    expect(few.length).to.be.below(fewestRecords);
    const { candidate, by, because } = chooseVersions([set("3.15.1"), set("3.12.0")], few);
    expect({ candidate, by }).to.deep.equal({ candidate: 0, by: "newest" });
    expect(because).to.include(`${String(few.length)} measured services`);
    expect(errorOf(() => chooseVersions([], few)).code).to.equal("no-versions");
  });

  it("takes an older set where records show it to be credibly cheaper, by as much as the records say", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.double({ min: 0.3, max: 0.8, noNaN: true }), (seed, effect) => {
        const choice = chooseVersions([set("3.15.1"), set("3.12.0")], recordsOf(seed, 6, effect));
        expect(choice).to.include({ candidate: 1, by: "measured records" });
        // Drawn towards 1 by the penalty, never beyond what was measured.
        expect(choice.ranking[1]?.ratio).to.be.within(effect * 0.95, 1);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps the newest set where it is the cheaper one, or nothing tells them apart", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.double({ min: 1.1, max: 3, noNaN: true }), (seed, effect) => {
        expect(chooseVersions([set("3.15.1"), set("3.12.0")], recordsOf(seed, 6, effect)).candidate).to.equal(0);
      }),
      { numRuns: 50 },
    );
    const claims = Array.from({ length: 200 }, (_, seed) => recordsOf(seed, 6, 1)).filter(
      (records) => chooseVersions([set("3.15.1"), set("3.12.0")], records).candidate !== 0,
    );
    // One-sided claims of a 95 % interval: 2.5 %, and the penalty makes them fewer.
    expect(claims.length).to.be.below(14);
  });

  it("says nothing of versions that no record has", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 11 }), (seed, minor) => {
        const candidates = [set("3.15.1"), set(`3.${String(minor)}.0`)];
        const { candidate, ranking, because } = chooseVersions(candidates, recordsOf(seed, 6, 0.5));
        expect(candidate).to.equal(0);
        expect(ranking[1]).to.deep.include({ ratio: null, interval: null, unknown: [`keras 3.${String(minor)}`] });
        expect(because).to.include(`keras 3.${String(minor)}`);
      }),
      { numRuns: 30 },
    );
  });

  it("does not take what differs between kinds of services for an effect of versions", () => {
    const onFunctions = recordsOf(1, 6, 1).map((each, index) =>
      // All of the older version were measured on slow functions, with some of the newer one beside them.
      each.packages[0]?.version === "3.12.0" || index % 4 === 0
        ? { ...each, environment: "function" as const, coldStartSec: 20 * (each.coldStartSec ?? 1) }
        : each,
    );
    const { candidate, ranking } = chooseVersions([set("3.15.1"), set("3.12.0")], onFunctions);
    expect(candidate).to.equal(0);
    expect(ranking[1]?.ratio).to.be.closeTo(1, 0.05);
  });
});
