import { expect } from "chai";
import fc from "fast-check";
import { randomFrom } from "../../../../measure/random.ts";
import {
  isTailBounded,
  loadOf,
  type Queue,
  responseBound,
  waitExceededBy,
  waitProbability,
} from "../../../../measure/placement/queue.ts";

const queue = fc
  .record({
    load: fc.double({ min: 0.01, max: 0.98, noNaN: true }),
    servers: fc.integer({ min: 1, max: 200 }),
    perServer: fc.double({ min: 0.01, max: 1e4, noNaN: true }),
  })
  .map(({ load, servers, perServer }): Queue => ({ rate: load * servers * perServer, servers, perServer }));

describe("an M/M/c queue", () => {
  it("with one server waits as M/M/1 does: with the probability of its load", () => {
    fc.assert(
      fc.property(queue, (given) => {
        const one = { ...given, servers: 1, rate: given.rate / given.servers };
        expect(waitProbability(one)).to.be.closeTo(loadOf(one), 1e-9);
      }),
    );
  });

  it("has Erlang's closed form for two servers, and the tables' value for five", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), (load) => {
        const two = { rate: 2 * load, servers: 2, perServer: 1 };
        expect(waitProbability(two)).to.be.closeTo((2 * load * load) / (1 + load), 1e-9);
      }),
    );
    // a = 4, c = 5: (4⁵ ÷ 5! × 5) ÷ (Σ 4ᵏ ÷ k! + 4⁵ ÷ 5! × 5).
    const terms = [1, 4, 8, 32 / 3, 32 / 3].reduce((sum, one) => sum + one, 0);
    const last = (1024 / 120) * 5;
    expect(waitProbability({ rate: 4, servers: 5, perServer: 1 })).to.be.closeTo(last / (terms + last), 1e-12);
  });

  it("waits no longer with several servers than with one of the same capacity", () => {
    fc.assert(
      fc.property(queue, fc.double({ min: 1e-4, max: 0.5, noNaN: true }), (given, share) => {
        const { rate, servers, perServer } = given;
        const one = { rate, servers: 1, perServer: servers * perServer };
        expect(waitProbability(given)).to.be.at.most(waitProbability(one) + 1e-12);
        expect(waitExceededBy(given, share)).to.be.at.most(waitExceededBy(one, share) + 1e-12);
      }),
    );
  });

  it("waits longer the more requests come, and without end when they are more than it answers", () => {
    fc.assert(
      fc.property(queue, fc.double({ min: 1.0001, max: 1.01, noNaN: true }), (given, factor) => {
        const more = { ...given, rate: given.rate * factor };
        expect(waitExceededBy(more, 0.04)).to.be.at.least(waitExceededBy(given, 0.04));
        const over = { ...given, rate: given.servers * given.perServer * factor };
        expect(waitProbability(over)).to.equal(1);
        expect(waitExceededBy(over, 0.04)).to.equal(Infinity);
      }),
    );
  });

  it("is no lower than what a simulation of one server with exponential, equal and two-valued service times shows", () => {
    const { unit: random } = randomFrom(7);
    const draws: Readonly<Record<string, () => number>> = {
      exponential: () => -Math.log(1 - random()),
      equal: () => 1,
      "two-valued": () => (random() < 0.5 ? 0.5 : 1.5),
    };
    for (const [name, draw] of Object.entries(draws)) {
      for (const load of [0.3, 0.7]) {
        const [services, responses] = [[] as number[], [] as number[]];
        let wait = 0;
        for (let index = 0; index < 40_000; index += 1) {
          const service = draw();
          services.push(service);
          responses.push(wait + service);
          wait = Math.max(0, wait + service + Math.log(1 - random()) / load);
        }
        const at = (values: readonly number[], p: number): number =>
          values.toSorted((a, b) => a - b)[Math.floor(p * values.length)]!;
        const times = { p50: at(services, 0.5), p95: at(services, 0.95), p99: at(services, 0.99) };
        expect(isTailBounded({ ...times, p99: times.p99 * 0.95 }), name).to.equal(true);
        const bound = responseBound(times, { rate: load, servers: 1, perServer: 1 })!;
        expect(at(responses, 0.95), `${name} at ${String(load)}`).to.be.at.most(bound);
      }
    }
  });
});
