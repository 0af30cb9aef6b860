import { expect } from "chai";
import fc from "fast-check";
import { advise } from "../../../measure/advice.ts";
import type { Advice } from "../../../measure/advice.ts";
import type { EnvironmentName } from "../../../measure/facts.ts";
import { madeUpCell } from "../../fixtures/advice.ts";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const environment = fc
  .record({ rate: number(1, 100), slowdown: number(0.7, 1.6), half: number(0, 0.2) })
  .map(({ rate, slowdown, half }) => ({ rate, slowdown: [slowdown, slowdown - half, slowdown + half] as const }));
const measured = fc.record({ "bare-metal": environment, vm: environment, "container-on-vm": environment });
const prices = fc.tuple(number(0.01, 10), number(0.01, 10), number(0.01, 10));

const names: readonly EnvironmentName[] = ["bare-metal", "vm", "container-on-vm"];

function ask(
  environments: Parameters<typeof madeUpCell>[0]["environments"],
  amounts: readonly number[],
  slowdown = 1.1,
): Advice {
  return advise([madeUpCell({ environments })], {
    ...{ workload: "training", slowdown, metrics: ["throughput"] },
    prices: new Map(names.map((name, index) => [name, amounts[index] ?? 0])),
  });
}

describe("advise", () => {
  it("chooses the same when all prices are scaled, at costs that are scaled alike", () => {
    fc.assert(
      fc.property(measured, prices, number(0.1, 50), (environments, amounts, factor) => {
        const one = ask(environments, amounts);
        const scaled = ask(
          environments,
          amounts.map((amount) => amount * factor),
        );
        for (const [index, { cost, verdict }] of one.candidates.entries()) {
          expect(scaled.candidates[index]!.cost! / (factor * cost!)).to.be.closeTo(1, 1e-9);
          expect(scaled.candidates[index]!.verdict).to.equal(verdict);
        }
        expect(scaled.chosen!.cost! / (factor * one.chosen!.cost!)).to.be.closeTo(1, 1e-9);
      }),
    );
  });

  it("never chooses what does not qualify, nor what costs more than another that does", () => {
    fc.assert(
      fc.property(measured, prices, (environments, amounts) => {
        const { chosen, candidates } = ask(environments, amounts);
        const qualifying = candidates.filter(({ verdict }) => verdict === "qualifies");
        expect(qualifying).to.include(chosen);
        for (const { cost } of qualifying) expect(cost).to.be.at.least(chosen!.cost!);
      }),
    );
  });

  it("qualifies no fewer when more slowdown is accepted", () => {
    fc.assert(
      fc.property(measured, prices, number(1, 2), number(0, 1), (environments, amounts, slowdown, more) => {
        const strict = ask(environments, amounts, slowdown).candidates;
        const loose = ask(environments, amounts, slowdown + more).candidates;
        for (const [index, { verdict }] of strict.entries()) {
          if (verdict === "qualifies") expect(loose[index]!.verdict).to.equal("qualifies");
          if (loose[index]!.verdict === "does not qualify") expect(verdict).to.equal("does not qualify");
        }
      }),
    );
  });
});
