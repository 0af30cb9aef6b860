import { expect } from "chai";
import { checkComparable, clockDoubt, IncomparableError, unitOf } from "../../../measure/comparability.ts";
import type { HostFacts } from "../../../measure/facts.ts";
import { runOf } from "../../../measure/run.ts";
import type { EnvironmentRun } from "../../../measure/run.ts";
import { errorOf } from "../../support/expect-error.ts";
import { exampleRecord, oneSeries } from "./example-record.ts";

function environments(facts: Partial<HostFacts>, hostSeconds = (own: number) => own): readonly EnvironmentRun[] {
  return runOf(
    exampleRecord({
      schedule: oneSeries(5),
      environments: [
        { environment: "bare-metal", seconds: () => 1 },
        { environment: "vm", seconds: () => 1, facts, hostSeconds },
      ],
    }),
  ).environments;
}

describe("checkComparable", () => {
  it("accepts equal bits and limits, however they are held", () => {
    const limits = { cpus: { mechanism: "guest", value: 1 }, memory: { mechanism: "guest memory", value: 2048 } };
    checkComparable(environments({ limits, kernelRelease: "6.1.0-um" }));
    checkComparable([]);
  });

  it("refuses unequal hosts beside the one that leads, by role, bits and limits", () => {
    const [metal, vm] = environments({}) as [EnvironmentRun, EnvironmentRun];
    const server = { role: "parameter-server", facts: metal.facts };
    checkComparable([
      { ...metal, companions: [server] },
      { ...vm, companions: [server] },
    ]);
    for (const [companions, code] of [
      [[], "incomparable-hosts"],
      [[{ ...server, role: "worker-1" }], "incomparable-hosts"],
      [[{ ...server, facts: { ...metal.facts, rootDigest: "sha256:cccc" } }], "incomparable-root"],
    ] as const) {
      const error = errorOf(() => {
        checkComparable([
          { ...metal, companions: [server] },
          { ...vm, companions },
        ]);
      });
      expect(error.code).to.equal(code);
    }
  });

  const cpus = { mechanism: "affinity", value: 1 };
  const memory = { mechanism: "cgroup v2", value: 2048 };
  for (const { facts, inequality, difference } of [
    {
      facts: { rootDigest: "sha256:cccc" },
      inequality: "root",
      difference: "their root file systems are sha256:aaaa and sha256:cccc",
    },
    {
      facts: { limits: { cpus: { ...cpus, value: 2 }, memory } },
      inequality: "cpus",
      difference: "they may use 1 and 2 CPUs",
    },
    {
      facts: { limits: { cpus, memory: { ...memory, value: 1024 } } },
      inequality: "memory",
      difference: "they may use 2048 and 1024 MiB of memory",
    },
  ]) {
    it(`refuses unequal ${inequality}, telling which`, () => {
      const thrown = expect(() => checkComparable(environments(facts))).to.throw(IncomparableError);
      thrown.with.property("code", `incomparable-${inequality}`);
      expect(() => checkComparable(environments(facts))).to.throw(
        `bare-metal and vm must not be compared: ${difference}.`,
      );
    });
  }
});

describe("unitOf", () => {
  it("is what all share, and null without blocks", () => {
    expect(unitOf(environments({}), "synthetic")).to.equal("images");
    expect(unitOf(environments({}), "photographs")).to.equal(null);
  });

  it("refuses different units", () => {
    const [first, second] = environments({}) as [EnvironmentRun, EnvironmentRun];
    const other = { ...second, blocks: second.blocks.map((block) => ({ ...block, unit: "tokens" })) };
    expect(() => unitOf([first, other], "synthetic"))
      .to.throw("the items of series synthetic are images and tokens")
      .with.property("code", "incomparable-unit");
  });
});

describe("clockDoubt", () => {
  const guest = (hostSeconds: (own: number) => number) => environments({}, hostSeconds)[1] as EnvironmentRun;

  it("trusts a clock within 2 % above and 10 % below the host's", () => {
    for (const factor of [0.985, 1, 1.1])
      expect(
        clockDoubt(
          guest((own) => own * factor),
          "synthetic",
        ),
      ).to.equal(null);
  });

  it("doubts a clock that runs fast in a single block, for every series", () => {
    let block = 0;
    const run = guest((own) => (block++ === 2 ? own / 1.03 : own));
    const reason = "the clock of vm cannot be trusted: it measured 103.0 % of the host's time in a block";
    expect(clockDoubt(run, "synthetic")).to.equal(reason);
    expect(clockDoubt(run, "photographs")).to.equal(reason);
  });

  it("doubts a clock that runs slowly in the median block of the series alone", () => {
    expect(
      clockDoubt(
        guest((own) => own / 0.85),
        "synthetic",
      ),
    ).to.contain("85.0 % of the host's time in the median");
    expect(
      clockDoubt(
        guest((own) => own / 0.85),
        "photographs",
      ),
    ).to.equal(null);
  });

  it("does not blame the clock for a single block in which the host was held up", () => {
    let block = 0;
    expect(
      clockDoubt(
        guest((own) => (block++ === 2 ? own * 3 : own)),
        "synthetic",
      ),
    ).to.equal(null);
  });

  it("does not blame the clock when the host was held up in the only long block", () => {
    let block = 0;
    const run = guest(() => (block++ === 2 ? 0.6 : 0.1));
    const short = { ...run, blocks: run.blocks.map((line) => ({ ...line, seconds: 0.09 })) };
    expect(clockDoubt(short, "synthetic")).to.equal(null);
  });

  it("leaves blocks under half a second alone", () => {
    const run = guest(() => 0.4);
    expect(clockDoubt(run, "synthetic")).to.equal(null);
  });
});
