import { expect } from "chai";
import fc from "fast-check";
import { ratioOfBounded } from "../../../../measure/interval.ts";
import { burdens, type Contender, ranking } from "../../../../workloads/optimised-training/ranking.ts";

const speed = fc
  .tuple(fc.integer({ min: 50, max: 200 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
  .map(([value, below, above]) => ({ value: value / 100, low: value / (100 + below), high: (value + above) / 100 }));
const contender = fc.record({
  distance: fc.tuple(fc.integer({ min: 0, max: 2 })),
  speed,
  burden: fc.tuple(...burdens.map(() => fc.integer({ min: 0, max: 2 }))),
});
const contenders = fc
  .array(contender, { maxLength: 8 })
  .map((list): Contender[] => list.map((each, index) => ({ ...each, id: `image-${String(index)}` })));
const isCrediblyFaster = (one: Contender, other: Contender): boolean => ratioOfBounded(other.speed, one.speed).low > 1;

describe("ranking", () => {
  it("has all of them once, the nearest first, and none before one that is credibly faster", () => {
    fc.assert(
      fc.property(contenders, (list) => {
        const order = ranking(list).map((place) => place.contender);
        expect(order.map(({ id }) => id).toSorted()).to.deep.equal(list.map(({ id }) => id));
        order.forEach((one, index) => {
          for (const later of order.slice(index + 1)) {
            const [near, far] = [one.distance[0] ?? 0, later.distance[0] ?? 0];
            expect(near).to.be.at.most(far);
            if (near === far) expect(isCrediblyFaster(later, one)).to.equal(false);
          }
        });
      }),
    );
  });

  it("is the same in whichever order they come", () => {
    fc.assert(
      fc.property(contenders, (list) => {
        expect(ranking(list.toReversed())).to.deep.equal(ranking(list));
      }),
    );
  });

  it("names, of what goes before a faster one, what it takes less of", () => {
    fc.assert(
      fc.property(contenders, (list) => {
        for (const { contender: one, before } of ranking(list)) {
          if (before === null) continue;
          const at = burdens.findIndex((words) => words === before.because);
          expect(before.contender.speed.value).to.be.above(one.speed.value);
          expect(before.speed.low).to.be.at.most(1);
          expect(one.burden[at]).to.be.below(before.contender.burden[at] ?? 0);
          expect(one.burden.slice(0, at)).to.deep.equal(before.contender.burden.slice(0, at));
        }
      }),
    );
  });
});
