import { expect } from "chai";
import { randomFrom, randomFromState, shuffled } from "../../../measure/random.ts";

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, () => next());

describe("random", () => {
  it("gives the published sequence of xoshiro128** for the state 1, 2, 3, 4", () => {
    const random = randomFromState([1, 2, 3, 4]);
    expect(draw(10, random.bits)).to.deep.equal([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("fills its state with the published sequence of SplitMix64", () => {
    // SplitMix64 from seed 1234567: 6457827717110365317, 3203168211198807973, …
    const [first, second] = [6457827717110365317n, 3203168211198807973n];
    const words = [first, first >> 32n, second, second >> 32n].map((word) => Number(word & 0xffffffffn));
    const expected = randomFromState(words as [number, number, number, number]);
    expect(draw(5, randomFrom(1234567).bits)).to.deep.equal(draw(5, expected.bits));
  });

  it("repeats itself for a seed and differs for the next one", () => {
    const of = (seed: number) => draw(8, randomFrom(seed).bits);
    expect(of(5)).to.deep.equal(of(5));
    expect(of(5)).to.not.deep.equal(of(6));
    expect(of(0)).to.not.deep.equal(of(2 ** 32));
  });

  it("draws every whole number below a bound about equally often", () => {
    const random = randomFrom(1);
    const counts = [0, 0, 0, 0, 0];
    for (const value of draw(50_000, () => random.below(5))) counts[value] = (counts[value] ?? 0) + 1;
    // 10,000 expected each, standard deviation 89.
    expect(counts).to.have.length(5);
    for (const count of counts) expect(count).to.be.within(9_550, 10_450);
  });

  it("draws from 0 to 1, without 1, and normal numbers of mean 0 and deviation 1", () => {
    const random = randomFrom(2);
    const units = draw(20_000, random.unit);
    expect(Math.min(...units)).to.be.at.least(0);
    expect(Math.max(...units)).to.be.below(1);
    const normals = draw(20_000, random.normal);
    const mean = normals.reduce((sum, value) => sum + value, 0) / normals.length;
    const variance = normals.reduce((sum, value) => sum + value ** 2, 0) / normals.length - mean ** 2;
    // Standard errors 0.007 and 0.01.
    expect(mean).to.be.within(-0.04, 0.04);
    expect(variance).to.be.within(0.95, 1.05);
  });

  it("shuffles into every order equally often and leaves its input alone", () => {
    const random = randomFrom(3);
    const input = ["a", "b", "c"] as const;
    const counts = new Map<string, number>();
    for (const order of draw(12_000, () => shuffled(input, random).join(""))) {
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(input).to.deep.equal(["a", "b", "c"]);
    expect([...counts.keys()].sort()).to.deep.equal(["abc", "acb", "bac", "bca", "cab", "cba"]);
    // 2,000 expected each, standard deviation 41.
    for (const count of counts.values()) expect(count).to.be.within(1_800, 2_200);
  });

  for (const seed of [-1, 1.5, Number.NaN, 2 ** 53]) {
    it(`refuses the seed ${seed}`, () => {
      expect(() => randomFrom(seed))
        .to.throw(`The seed is ${seed}.`)
        .with.property("code", "seed");
    });
  }

  it("refuses a state of zeros", () => {
    expect(() => randomFromState([0, 0, 0, 0]))
      .to.throw()
      .with.property("code", "random-state");
  });
});
