import { expect } from "chai";
import { bestNodes, fitScaling, ringScaling } from "../../../measure/scaling.ts";
import { errorOf } from "../../support/expect-error.ts";

const law = (nodes: number): number => 2 + 90 / nodes + 1.5 * (nodes - 1);
const times = [1, 2, 4].map((nodes) => ({ nodes, seconds: law(nodes) }));

describe("fitScaling", () => {
  it("says where it extrapolates", () => {
    const scaling = fitScaling(times);
    expect(scaling.of(3).extrapolates).to.equal(false);
    expect(scaling.of(8).extrapolates).to.equal(true);
    expect(scaling.of(8).seconds).to.be.closeTo(law(8), 1e-6);
    expect(scaling.of(1)).to.include({ speedup: 1, efficiency: 1 });
  });

  it("has no term below zero, whatever the noise", () => {
    const noisy = [100, 45, 21].map((seconds, index) => ({ nodes: 2 ** index, seconds }));
    const { serial, divided, perNode, error } = fitScaling(noisy);
    expect(Math.min(serial, divided, perNode)).to.be.at.least(0);
    expect(divided).to.be.above(80);
    expect(error).to.be.within(0.001, 0.2);
  });

  it("refuses too few counts, and what is no time", () => {
    for (const points of [
      times.slice(0, 2),
      [...times.slice(0, 2), { nodes: 2, seconds: 50 }],
      [...times, { nodes: 0, seconds: 1 }],
      [...times, { nodes: 2, seconds: 0 }],
    ]) {
      expect(errorOf(() => fitScaling(points)).code).to.equal("scaling-points");
    }
  });
});

describe("bestNodes", () => {
  it("takes the count with the least time, where communication eats what sharing brings", () => {
    // 90/n + 1.5n has its least at n = √60, which is 7.7.
    const { best, considered } = bestNodes(fitScaling(times), 16, 0);
    expect(best.nodes).to.equal(8);
    expect(considered).to.have.lengthOf(16);
  });

  it("takes none that wastes more than is allowed, and one node where all do", () => {
    const scaling = fitScaling(times);
    const { best } = bestNodes(scaling, 16, 0.8);
    expect(best.efficiency).to.be.at.least(0.8);
    expect(scaling.of(best.nodes + 1).efficiency).to.be.below(0.8);
    expect(bestNodes(scaling, 16, 1).best.nodes).to.equal(1);
  });
});

describe("ringScaling", () => {
  const training = { stepSec: 1, gradientBytes: 1e8, networkBandwidth: 1.25e8, latencySec: 1e-4 };

  it("adds the transfer of the gradients to each step", () => {
    // Two nodes: each sends 1e8 bytes at 1.25e8 a second, twice half of them, and two messages.
    const { seconds, speedup, efficiency, extrapolates } = ringScaling(training).of(2);
    expect(seconds).to.be.closeTo((1 + 0.8 + 2e-4) / 2, 1e-12);
    expect(speedup).to.be.closeTo(2 / 1.8002, 1e-12);
    expect(efficiency).to.be.closeTo(1 / 1.8002, 1e-12);
    expect(extrapolates).to.equal(true);
  });

  it("wants fewer nodes the slower the network", () => {
    const counts = [1e7, 1.25e8, 1.25e9].map(
      (networkBandwidth) => bestNodes(ringScaling({ ...training, networkBandwidth }), 32).best.nodes,
    );
    expect(counts).to.deep.equal([...counts].sort((a, b) => a - b));
    expect(counts[0]).to.equal(1);
    expect(counts[2]).to.equal(32);
  });
});
