import { expect } from "chai";
import { pairsOf, probeNetwork, type ProbedHost } from "../../../provider/network-probe.ts";
import { rejectionOf } from "../../support/expect-error.ts";
import { hostAttachment } from "../../support/provider-inputs.ts";
import { needPython } from "../../support/python.ts";

const here = (hostName: string, argv: readonly string[] = []): ProbedHost => ({
  connection: { hops: argv.length === 0 ? [] : [{ argv: [...argv], shell: false }] },
  attachment: { ...hostAttachment, hostName, address: "127.0.0.1", rateMbitPerSec: 7 },
});

describe("a network's measurement", () => {
  it("is of each pair once, or of all with the first", () => {
    expect(pairsOf(["a", "b", "c"], "all")).to.deep.equal([
      ["b", "a"],
      ["c", "a"],
      ["c", "b"],
    ]);
    expect(pairsOf(["a", "b", "c"], "with-first")).to.deep.equal([
      ["b", "a"],
      ["c", "a"],
    ]);
    expect(pairsOf(["a"], "all")).to.deep.equal([]);
  });

  it("is taken with real packets", async function () {
    needPython(this);
    this.timeout(20_000);
    const options = { env: {}, seconds: 0.3, roundTrips: 25 };
    const [facts, ...more] = await probeNetwork([here("a"), here("b")], options);
    expect(more).to.deep.equal([]);
    expect(facts).to.include({ from: "b", to: "a", n: 25, mtuBytes: 65535, overlay: "none" });
    expect(facts).to.include({ configuredMbitPerSec: 7, configuredLatencyMs: 0 });
    expect(facts?.throughputMbitPerSec).to.be.above(100);
    expect(facts?.roundTripMs).to.be.within(0.001, 50);
  });

  it("fails when one end does, without waiting for the other", async function () {
    needPython(this);
    const dead = here("dead", ["false"]);
    const error = await rejectionOf(probeNetwork([here("a"), dead], { env: {} }));
    expect(error.code).to.equal("network-not-measured");
    expect(error.message).to.match(/between dead and a could not be measured/);
  });
});
