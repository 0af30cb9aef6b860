import { expect } from "chai";
import { expectedNodes, type NodeTimes, nodeTimesOf } from "../../../measure/node-times.ts";
import { runOf } from "../../../measure/run.ts";
import { nodesNote, nodesText } from "../../../report/nodes.ts";
import { errorOf } from "../../support/expect-error.ts";
import { trainedOn } from "../../fixtures/nodes.ts";

const at = "2026-11-28T16:00:00.000Z";
const target = { target: "local" };
/** Seconds of a block of all nodes together: the law of a training whose nodes get in each other's way. */
const runs = (...counts: number[]) =>
  counts.map((nodes) => ({ run: runOf(trainedOn(nodes)), sha256: String(nodes).repeat(64).slice(0, 64) }));
const measured = (...counts: number[]): NodeTimes => nodeTimesOf(runs(...counts), target, at);

describe("nodeTimesOf", () => {
  it("takes each worker for a node and a parameter server for none, and says what it rests on", () => {
    const { times, network, parameters, workload, batch, records } = measured(1, 2, 4);
    expect(times.map(({ nodes, n }) => [nodes, n])).to.deep.equal([
      [1, 2],
      [2, 2],
      [4, 2],
    ]);
    expect(network).to.deep.equal({ bytesPerSec: 1.25e8, latencySec: 1e-4 });
    expect({ workload, batch, parameters }).to.deep.equal({
      workload: "resnet50-imagenet",
      batch: 4,
      parameters: 25e6,
    });
    expect(records).to.have.lengthOf(3);
  });

  it("refuses records of several trainings, and of none that is meant, and names what there is", () => {
    const other = { run: runOf(trainedOn(1, { model: "alexnet" })), sha256: "a".repeat(64) };
    const both = errorOf(() => nodeTimesOf([...runs(1), other], target, at));
    expect(both.message).to.include("resnet50 by tensorflow").and.include("alexnet");
    expect(errorOf(() => nodeTimesOf(runs(1), { ...target, model: "alexnet" }, at)).message).to.include("resnet50");
    expect(nodeTimesOf([...runs(1), other], { ...target, model: "alexnet" }, at).workload).to.equal("alexnet");
  });
});

describe("expectedNodes", () => {
  it("fits a law to three numbers of nodes, and keeps what it extrapolates apart", () => {
    const { basis, best, beyond, law } = expectedNodes(measured(1, 2, 4), 16, 0);
    expect(basis).to.equal("measured");
    expect(law?.error).to.be.below(1e-6);
    expect(best).to.deep.include({ nodes: 4, extrapolates: false });
    // 90/n + 1.5n has its least at n = √60.
    expect(beyond).to.deep.include({ nodes: 8, extrapolates: true });
  });

  it("names the best of what was measured where that begins with several nodes", () => {
    const { best, beyond } = expectedNodes(measured(4, 6, 8), 16, 0);
    expect(best).to.deep.include({ nodes: 8, extrapolates: false });
    expect(beyond).to.equal(null);
    expect(expectedNodes(measured(4, 6, 8), 3, 0).best).to.deep.include({ nodes: 1, extrapolates: true });
    expect(expectedNodes(measured(4, 6, 8), 16, 1).best.nodes).to.equal(4);
  });

  it("computes from the network what was measured on one node, and calls all else extrapolated", () => {
    const { basis, best, considered } = expectedNodes(measured(1, 2), 4);
    expect(basis).to.equal("network");
    expect(best.nodes).to.equal(1);
    expect(considered.map(({ extrapolates }) => extrapolates)).to.deep.equal([false, true, true, true]);
  });

  it("refuses where neither is there", () => {
    const file = { ...measured(1, 2), network: null };
    expect(errorOf(() => expectedNodes(file, 4)).code).to.equal("scaling-points");
  });
});

describe("the text of nodes", () => {
  it("shows extrapolation only where it was asked for, and marks it", () => {
    const file = measured(1, 2, 4);
    const expectation = expectedNodes(file, 16, 0);
    const plain = nodesText(file, expectation, false);
    expect(plain).to.include("best of what was measured: 4 nodes").and.include("--extrapolate says which");
    expect(plain).not.to.include("extrapolated");
    expect(nodesText(file, expectation, true)).to.include("beyond that, extrapolated: 8 nodes");
  });

  it("holds what a request asks for against the best, and predicts nothing beyond what was measured", () => {
    const file = measured(1, 2, 4);
    const about = { workload: "resnet50-imagenet", target: "local" };
    const note = (asked: number, other = about) => nodesNote(file, expectedNodes(file, 16, 0), asked, other);
    expect(note(4)).to.include("which is the predicted best");
    expect(note(2)).to.include("4 nodes would be best");
    expect(note(12)).to.include("beyond those measured (1, 2 and 4): nothing is predicted of it");
    expect(note(2, { ...about, target: "cluster" })).to.include("they say nothing of this request");
    const few = measured(1, 2);
    expect(nodesNote(few, expectedNodes(few, 4), 2, about)).to.include("too few for a prediction");
  });
});
