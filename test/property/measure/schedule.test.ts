import { expect } from "chai";
import fc from "fast-check";
import { environmentNames } from "../../../measure/facts.ts";
import type { ScheduleParameters } from "../../../measure/record.ts";
import { makeSchedule, remainingSeconds } from "../../../measure/schedule.ts";

const parameters: fc.Arbitrary<ScheduleParameters> = fc.record({
  seed: fc.maxSafeNat(),
  rounds: fc.integer({ min: 1, max: 4 }),
  inTurn: fc.constantFrom(true as const, undefined),
  series: fc.uniqueArray(
    fc.record({
      name: fc.string(),
      blocksPerRound: fc.integer({ min: 1, max: 6 }),
      steps: fc.integer({ min: 1, max: 100 }),
    }),
    { minLength: 1, maxLength: 3, selector: ({ name }) => name },
  ),
});
const environments = fc.uniqueArray(fc.constantFrom(...environmentNames), { minLength: 1 });

describe("makeSchedule", () => {
  it("plays every block of every environment exactly once, between its launch and its stop", () => {
    fc.assert(
      fc.property(parameters, environments, (given, names) => {
        const steps = makeSchedule(given, names);
        const open = new Set<string>();
        const played: string[] = [];
        for (const step of steps) {
          const session = `${step.environment} ${step.round}`;
          if (step.action === "launch") {
            expect(open.has(session)).to.equal(false);
            open.add(session);
          } else if (step.action === "stop") {
            expect(open.delete(session)).to.equal(true);
          } else {
            expect(open.has(session)).to.equal(true);
            played.push(JSON.stringify([step.environment, step.round, step.series, step.block, step.steps]));
          }
        }
        expect(open.size).to.equal(0);
        const planned = names.flatMap((environment) =>
          Array.from({ length: given.rounds }, (_, round) =>
            given.series.flatMap(({ name, blocksPerRound, steps: size }) =>
              Array.from({ length: blocksPerRound }, (_, block) =>
                JSON.stringify([environment, round, name, block, size]),
              ),
            ),
          ).flat(),
        );
        expect([...played].sort()).to.deep.equal(planned.sort());
        expect(steps).to.have.length(planned.length + 2 * names.length * given.rounds);
      }),
    );
  });

  it("plays the blocks of one index next to each other, each environment once", () => {
    fc.assert(
      fc.property(parameters, environments, ({ inTurn: _inTurn, ...given }, names) => {
        const blocks = makeSchedule(given, names).flatMap((step) => (step.action === "block" ? [step] : []));
        for (let start = 0; start < blocks.length; start += names.length) {
          const group = blocks.slice(start, start + names.length);
          expect(
            new Set(group.map(({ round, series, block }) => JSON.stringify([round, series, block]))).size,
          ).to.equal(1);
          expect(group.map(({ environment }) => environment)).to.have.members(names);
        }
      }),
    );
  });

  it("has one session open at a time where environments take turns, and the same blocks in each", () => {
    fc.assert(
      fc.property(parameters, environments, (given, names) => {
        const steps = makeSchedule({ ...given, inTurn: true }, names);
        let open: string | null = null;
        const turns = new Map<string, string[]>();
        for (const step of steps) {
          expect(open === null).to.equal(step.action === "launch");
          open = step.action === "stop" ? null : step.environment;
          if (step.action === "block") {
            const turn = `${step.environment} ${step.round}`;
            turns.set(turn, [...(turns.get(turn) ?? []), `${step.series} ${step.block}`]);
          } else {
            expect(step.round).to.be.at.least(0);
          }
        }
        for (const [turn, blocks] of turns) {
          const round = turn.split(" ").at(-1) ?? "";
          expect(blocks).to.deep.equal(turns.get(`${names[0] ?? ""} ${round}`));
        }
      }),
    );
  });

  it("is the same for the same seed", () => {
    fc.assert(
      fc.property(parameters, environments, (given, names) => {
        expect(makeSchedule(given, names)).to.deep.equal(makeSchedule(given, [...names].reverse()));
      }),
    );
  });

  it("balances positions: over many blocks every environment is as often at each place", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), environments, (seed, names) => {
        const count = 600;
        const series = [{ name: "only", blocksPerRound: count, steps: 1 }];
        const blocks = makeSchedule({ seed, rounds: 1, series }, names).filter(({ action }) => action === "block");
        const expected = count / names.length;
        // Six standard deviations of a binomial count: never by chance.
        const margin = 6 * Math.sqrt(expected * (1 - 1 / names.length));
        for (const environment of names) {
          for (let place = 0; place < names.length; place += 1) {
            const here = blocks.filter(
              (step, index) => index % names.length === place && step.environment === environment,
            );
            expect(here.length).to.be.within(expected - margin, expected + margin);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("remainingSeconds", () => {
  it("is exact when every kind of step always takes the same, and falls to 0", () => {
    fc.assert(
      fc.property(parameters, environments, fc.double({ min: 0.1, max: 100, noNaN: true }), (given, names, pace) => {
        const steps = makeSchedule(given, names);
        const observations = steps.map((step) => ({
          step,
          seconds: step.action === "block" ? pace * step.steps : pace,
        }));
        const total = observations.reduce((sum, { seconds }) => sum + seconds, 0);
        let passed = 0;
        for (const [done, { seconds }] of observations.entries()) {
          expect(remainingSeconds(steps, done, observations)).to.be.closeTo(total - passed, 1e-9 * total);
          passed += seconds;
        }
        expect(remainingSeconds(steps, steps.length, observations)).to.equal(0);
      }),
      { numRuns: 30 },
    );
  });
});
