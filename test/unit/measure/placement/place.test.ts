import { expect } from "chai";
import { cloudPrices, priceBook, readPrivateBook } from "../../../../catalogue/prices/index.ts";
import type { Candidate, PlacementQuestion } from "../../../../measure/placement/candidate.ts";
import { evidenceOf } from "../../../../measure/placement/evidence.ts";
import { place } from "../../../../measure/placement/place.ts";
import { allocatableOf } from "../../../../measure/placement/places.ts";
import { type Speed, speedByProbes } from "../../../../measure/placement/speed.ts";
import { placementText } from "../../../../report/placement.ts";
import { serviceMeasurement } from "../../../fixtures/service-measurement.ts";

const book = readPrivateBook(new URL("../../../../examples/price-book.json", import.meta.url).pathname);
const equal: Speed = { low: 1, high: 1, told: "assumed" };
const asked = (change: Partial<PlacementQuestion> = {}): PlacementQuestion => ({
  demand: { rate: 20, p95: 0.2 },
  table: { clouds: cloudPrices(), book: null, functions: priceBook("aws-2026") },
  container: evidenceOf(serviceMeasurement()),
  functions: [],
  speedOf: () => equal,
  ...{ here: null, currency: "USD", concurrency: 1000 },
  ...change,
});
const named = (candidates: readonly Candidate[], name: string): Candidate => {
  const found = candidates.filter((one) => one.name === name);
  expect(found, name).to.have.lengthOf(1);
  return found[0]!;
};

describe("where to serve a model", () => {
  it("gives each place as many replicas as its queue needs, on whole machines, with all that a cluster costs", () => {
    const { candidates, chosen } = place(asked());
    const large = named(candidates, "c7i.large");
    // At two replicas each would be busy all the time. p99 of 80 ms leaves 120 ms for a wait that 4 % exceed.
    const wait = (replicas: number): number => Math.log(20 / replicas / 10 / 0.04) / (10 - 20 / replicas);
    expect(wait(large.replicas!)).to.be.at.most(0.12);
    expect(wait(large.replicas! - 1)).to.be.above(0.12);
    expect(large.p95).to.be.closeTo(0.08 + Math.max(0, wait(large.replicas!)), 1e-12);
    // One replica of one CPU fits on 1.93 of a node's, and the control plane and a load balancer are paid for.
    expect(large.machines).to.equal(large.replicas);
    expect(large.perHour).to.be.closeTo(large.replicas! * 0.08925 + 0.1 + 0.0225, 1e-9);
    expect(large.perThousand).to.be.closeTo(large.perHour! / 72, 1e-12);
    expect(large.asOf).to.equal("2024-07-01");
    expect(chosen!.verdict).to.equal("qualifies");
    const priced = candidates.filter(({ perHour }) => perHour !== null).map(({ perHour }) => perHour!);
    expect(priced).to.deep.equal(priced.toSorted((a, b) => a - b));
    expect(chosen!.perHour).to.equal(priced[0]);
  });

  it("charges a burstable instance for what busy replicas use beyond its credits, and says so", () => {
    const demand = { rate: 20, p95: 1 };
    const { candidates, assumptions } = place(asked({ demand }));
    const medium = named(candidates, "t3.medium");
    // 20 requests a second keep two of the measured CPUs busy, at 10 each; a t3.medium earns 20 % of two vCPUs.
    const surplus = 2 - medium.machines! * 0.4;
    expect(surplus).to.be.above(0);
    expect(medium.surplusVcpus).to.be.closeTo(surplus, 1e-12);
    expect(medium.perHour).to.be.closeTo(medium.machines! * 0.0416 + 0.1225 + surplus * 0.05, 1e-9);
    expect(medium.sources.join()).to.include("instance_test");
    expect(assumptions.join("\n")).to.include(
      `t3.medium earns CPU credits for 20 % of each vCPU (2023-01-19 AWS's user guide`,
    );
    expect(assumptions.join("\n")).to.include(`Here ${surplus.toFixed(2)} vCPUs are, in its price.`);
    expect(named(candidates, "c7i.large").surplusVcpus).to.equal(null);
    // At a low rate the credits are enough.
    const calm = place(asked({ demand: { rate: 1, p95: 0.2 } }));
    expect(named(calm.candidates, "t3.medium")).to.include({ surplusVcpus: 0 });
    expect(named(calm.candidates, "t3.medium").perHour).to.be.closeTo(0.0416 + 0.1225, 1e-9);
    // Where nobody wrote down what more of them costs, the price is not known.
    const clouds = cloudPrices().map((list) => ({
      ...list,
      services: list.services.filter(({ per }) => per === "hour"),
    }));
    const unknown = place(asked({ demand, table: { clouds, book: null, functions: priceBook("aws-2026") } }));
    expect(named(unknown.candidates, "t3.medium")).to.include({ verdict: "qualifies", perHour: null });
    expect(named(unknown.candidates, "t3.medium").reason).to.match(/CPU credits/);
  });

  it("knows the machine that was measured on, and refuses to guess at others", () => {
    const { candidates, chosen, settle } = place(asked({ speedOf: () => null, demand: { rate: 2, p95: 0.2 } }));
    expect(chosen).to.equal(null);
    const here = named(candidates, "this machine");
    expect(here).to.include({ verdict: "qualifies", perHour: null, reason: "its price is not known" });
    for (const one of candidates.filter(({ kind }) => kind === "kubernetes")) {
      expect(one.verdict, one.name).to.equal("cannot tell");
      expect(one.perHour).to.equal(null);
    }
    expect(settle.join("\n")).to.match(/run the probe there and here[^]*--speed/);
  });

  it("takes the price book's machine for this one, and its flavors, in one currency or not at all", () => {
    const table = { clouds: cloudPrices(), book, functions: priceBook("aws-2026") };
    const demand = { rate: 2, p95: 0.2 };
    const inEuro = place(asked({ table, demand, here: "m1.large", currency: "EUR" }));
    expect(named(inEuro.candidates, "this machine").perHour).to.be.closeTo((1.05 / 0.8) * (4 / 64), 1e-12);
    expect(named(inEuro.candidates, "m1.large")).to.include({ kind: "virtual machine", currency: "EUR" });
    expect(named(inEuro.candidates, "c7i.large").perHour).to.be.closeTo(
      (named(inEuro.candidates, "c7i.large").machines! * 0.08925 + 0.1225) / 1.1,
      1e-9,
    );
    expect(named(inEuro.candidates, "c7i.large").sources.join()).to.include("2026-11-01 1 EUR = 1.1 USD");
    const noRate = place(asked({ table: { ...table, book: { ...book, rates: [] } }, demand, currency: "EUR" }));
    expect(named(noRate.candidates, "c7i.large").currency).to.equal("USD");
    expect(noRate.chosen!.name).to.equal("m1.large");
    // A machine with room for eight replicas has none for more.
    const busy = place(asked({ table, demand: { rate: 200, p95: 0.2 }, here: "m1.large", currency: "EUR" }));
    expect(named(busy.candidates, "this machine")).to.include({ verdict: "does not qualify", perHour: null });
    expect(named(busy.candidates, "this machine").reason).to.match(/room for 8 replicas/);
  });

  for (const [what, change, p95, verdict, reason] of [
    ["answers that take too long by themselves", {}, 0.05, "does not qualify", /0\.060 s, without any queue/],
    ["a limit between p95 and p99", {}, 0.07, "cannot tell", /between p95 and p99/],
    [
      "too few requests for p99",
      { latencyMs: { p50: 40, p95: 60, p99: null, n: 100, concurrency: 1 } },
      0.2,
      "cannot tell",
      /299/,
    ],
    [
      "times that spread widely",
      { latencyMs: { p50: 10, p95: 60, p99: 90, n: 999, concurrency: 1 } },
      0.2,
      "cannot tell",
      /spread/,
    ],
    ["an unknown capacity", { requestsPerSec: null }, 0.2, "cannot tell", /how many requests/],
    ["no latency at all", { latencyMs: null }, 0.2, "cannot tell", /no latency/],
    ["a replica that has no room", { memoryMiB: 3500 }, 0.2, "does not qualify", /no room/],
  ] as const) {
    it(`judges ${what}`, () => {
      const question = asked({ container: evidenceOf(serviceMeasurement(change)), demand: { rate: 1, p95 } });
      const one = named(place(question).candidates, "c7i.large");
      expect(one).to.include({ verdict, perHour: null, perThousand: null });
      expect(one.reason).to.match(reason);
    });
  }

  it("tells nothing of another instruction set, and leaves machines with accelerators out", () => {
    const { candidates, settle, assumptions } = place(asked());
    expect(named(candidates, "c7g.large").reason).to.match(/arm64/);
    expect(candidates.some(({ name }) => name === "g5.xlarge")).to.equal(false);
    expect(settle.join()).to.include("the other instruction set");
    expect(assumptions.join()).to.include("accelerators are left out");
  });

  it("counts on the slower end of what probes tell, and tells nothing where that alone fails", () => {
    const probe = (gemm: number, triad: number, cores = 2) => {
      return { schema: "underlay/probe/1" as const, cores, gemm: { value: gemm }, triad: { value: triad } };
    };
    const speed = speedByProbes(probe(100, 20), probe(300, 20, 4));
    expect(speed).to.include({ low: 0.5, high: 1.5 });
    const demand = { rate: 1, p95: 0.15 };
    const reason = named(place(asked({ demand, speedOf: () => speed })).candidates, "c7i.large").reason;
    expect(reason).to.match(/p99 is 0\.160 s/);
    const enough = place(asked({ demand: { rate: 1, p95: 0.3 }, speedOf: () => speed })).candidates;
    expect(named(enough, "c7i.large").p95).to.be.at.least(0.16);
  });

  it("prices functions by what they take, warm, and not beyond what may run at once", () => {
    const measured = serviceMeasurement({ environment: "function", memoryMiB: 1024, requestsPerSec: null });
    const one = { ...evidenceOf(measured), architecture: "x86_64" as const };
    const { candidates } = place(asked({ container: null, functions: [one] }));
    const lambda = named(candidates, "AWS Lambda, 1024 MiB");
    // Half at 40 ms, 45 % at 60 and 5 % at 80 at the most: 51 ms of a GiB, a request, and one through the HTTP API.
    expect(lambda.perThousand).to.be.closeTo(51 * 0.0000166667 + 0.0002 + 0.001, 1e-9);
    expect(lambda.perHour).to.be.closeTo(lambda.perThousand! * 72, 1e-9);
    expect(lambda.replicas).to.equal(2);
    expect(named(candidates, "c7i.large").reason).to.equal("no container of this model was measured");
    const few = place(asked({ functions: [one], concurrency: 1 })).candidates;
    expect(named(few, "AWS Lambda, 1024 MiB").reason).to.match(/needs 2 instances at once, and may have 1/);
    const unknown = place(asked({ functions: [one], speedOf: () => null })).candidates;
    expect(named(unknown, "AWS Lambda, 1024 MiB").verdict).to.equal("cannot tell");
  });

  it("prints no price without its day, and every assumption", () => {
    const text = placementText(place(asked({ demand: { rate: 2, p95: 0.2 } })));
    expect(text).to.match(
      /^Serve 2\.00 requests\/s within 200 ms .* on \S+, \d+ replicas?: .* USD an hour, .* at prices of \d{4}-\d{2}-\d{2}/,
    );
    for (const line of text.split("\n").filter((one) => one.includes(" USD ") && one.includes("qualifies"))) {
      expect(line).to.match(/\d{4}-\d{2}-\d{2} {2}qualifies$/);
    }
    expect(text).to.match(/^Assumed: Requests come at random/m);
    expect(text).to.match(/^Price: 2026-07-20 on-demand prices .*second hand/m);
    expect(text).to.match(/^Measured: 2026-11-28, container, 1 CPUs and 1024 MiB of Intel/m);
  });

  it("knows what Google Kubernetes Engine leaves of a node", () => {
    // 7.5 GiB: 25 % of 4, 20 % of 3.5 and 100 MiB; of two CPUs 6 % and 1 %.
    const { cpus, memoryMiB } = allocatableOf({ vcpus: 2, memoryMiB: 7680 });
    expect(cpus).to.be.closeTo(1.93, 1e-12);
    expect(memoryMiB).to.be.closeTo(7680 - 1024 - 716.8 - 100, 1e-9);
  });
});
