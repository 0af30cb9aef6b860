import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Machine } from "../../provider/machine.ts";
import { readConfig, stacks } from "../../stacks/index.ts";
import { trainingPlan } from "../../workloads/index.ts";
import { factsOf } from "../fixtures/report/fixture.ts";
import { errorOf } from "../support/expect-error.ts";
import { fullMachine, TemporaryHomes } from "../support/machine-file.ts";
import { skip } from "../support/skip.ts";
import { connectionOf, listed, named, type Registered, results, run, runId, valueOf } from "./engine.ts";
import { refusals } from "./refusals.ts";

type Config = Readonly<Record<string, string>>;

const runAndTraining = [
  "underlay:index:Measurement training-measurement < underlay:workloads:Training training",
  "underlay:index:Run run < stack",
  "underlay:workloads:Training training < stack",
];
/** Resources of each host, by its name. */
const hostLines: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [
    ["bare-metal", "BareMetalHost"],
    ["vm", "VmHost"],
    ["container-on-bare-metal", "ContainerHost"],
    ["container-on-bare-metal-host", "BareMetalHost"],
    ["container-on-vm", "ContainerHost"],
    ["container-on-vm-host", "VmHost"],
  ].map(([name = "", type = ""]) => [
    name,
    [
      `underlay:index:Sandbox ${name}-sandbox < underlay:local:${type} ${name}`,
      `underlay:local:${type} ${name} < stack`,
    ],
  ]),
);
const expected = (...hosts: readonly string[]): string[] =>
  [...runAndTraining, ...hosts.flatMap((host) => hostLines[host] ?? [])].sort();

const measuredEnvironments = (registered: readonly Registered[]): unknown[] =>
  (named(registered, "training-measurement").inputs["hosts"] as { environment: unknown }[]).map(
    ({ environment }) => environment,
  );

function needRoot(test: Mocha.Context): void {
  if (process.getuid?.() !== 0) {
    skip(test, "a network between hosts needs root");
  }
}

describe("the stack", () => {
  let homes: TemporaryHomes;
  beforeEach(() => {
    homes = new TemporaryHomes();
  });
  afterEach(() => {
    homes.restore();
  });

  function program(config: Config, machine: Partial<Machine> = {}) {
    homes.writeMachine({ ...fullMachine, ...machine });
    const settings = readConfig(
      Object.fromEntries(Object.entries(config).map(([key, value]) => [`underlay:${key}`, value])),
    );
    return () => stacks[settings.environment](settings);
  }

  const single: Readonly<Record<string, readonly string[]>> = {
    "bare-metal": ["bare-metal"],
    vm: ["vm"],
    "container-on-bare-metal": ["container-on-bare-metal", "container-on-bare-metal-host"],
    "container-on-vm": ["container-on-vm", "container-on-vm-host"],
  };
  for (const [environment, hosts] of Object.entries(single)) {
    it(`${environment} trains in that environment alone, and no policy refuses it`, async () => {
      const { value, registered } = await run(program({ environment }));
      expect(listed(registered)).to.deep.equal(expected(...hosts));
      expect(refusals(registered)).to.deep.equal([]);
      expect(measuredEnvironments(registered)).to.deep.equal([environment]);
      expect(named(registered, "training-measurement").inputs["baseline"]).to.equal(environment);
      expect(await valueOf(value.results)).to.deep.equal(results);
      expect(value.skipped).to.deep.equal([]);
    });
  }

  const all = ["bare-metal", "vm", "container-on-bare-metal", "container-on-vm"];

  it("comparison trains everywhere, against bare metal, with equal CPUs and memory", async () => {
    const { value, registered } = await run(program({ memoryMiB: "600", model: "alexnet", rounds: "2" }));
    expect(listed(registered)).to.deep.equal(expected(...Object.keys(hostLines)));
    expect(registered).to.have.lengthOf(15);
    expect(named(registered, "training-measurement").inputs).to.deep.equal({
      name: "training-measurement",
      runId,
      hosts: all.map((name) => ({
        environment: name,
        connection: connectionOf(`${name}-sandbox`),
        facts: factsOf(name as "vm"),
      })),
      baseline: "bare-metal",
      plan: trainingPlan({ model: "alexnet", rounds: 2, cpus: 1 }),
      recordDirectory: "out/records",
      skipped: [],
    });
    const sandboxes = registered.filter(({ type }) => type === "underlay:index:Sandbox");
    expect(sandboxes.map(({ inputs }) => [inputs["cpus"], inputs["memoryMiB"], inputs["runId"]])).to.deep.equal(
      sandboxes.map(() => [1, 600, runId]),
    );
    expect(value.skipped).to.deep.equal([]);
  });

  it("distributed has two workers and a parameter server in every environment, on one network", async function () {
    needRoot(this);
    const { registered } = await run(program({ scenario: "distributed", rateMbitPerSec: "100" }));
    const network = named(registered, "network-network").inputs;
    expect(network).to.include({ runId, rateMbitPerSec: 100, latencyMs: 0 });
    const sandboxes = registered.filter(({ type }) => type === "underlay:index:Sandbox");
    const roles = ["chief", "worker-1", "ps"];
    const names = Object.keys(hostLines).flatMap((host) => {
      const [, environment = host, on = ""] = /^(container-on-.*?)(-host)?$/.exec(host) ?? [];
      return roles.map((role) => `${environment}-${role}${on}-sandbox`);
    });
    expect(sandboxes.map(({ name }) => name).sort()).to.deep.equal(names.sort());
    const firstCpus = Object.fromEntries(sandboxes.map(({ name, inputs }) => [name, inputs["firstCpu"]]));
    expect(firstCpus).to.include({ "vm-chief-sandbox": 0, "vm-worker-1-sandbox": 1, "vm-ps-sandbox": 2 });
    const joins = sandboxes.map(({ inputs }) => inputs["network"] as { address: string; overlay?: string });
    expect(new Set(joins.map(({ address }) => address)).size).to.equal(sandboxes.length);
    expect(joins.filter(({ overlay }) => overlay === "vxlan")).to.have.lengthOf(6);
    const { hosts, plan } = named(registered, "training-measurement").inputs as {
      hosts: { environment: string; companions: unknown[] }[];
      plan: unknown;
    };
    expect(hosts.map(({ environment, companions }) => [environment, companions.length])).to.deep.equal(
      all.map((name) => [name, 2]),
    );
    expect(plan).to.deep.equal(trainingPlan({ scenario: "distributed", cpus: 1 }));
  });

  it("distributed by all-reduce needs no parameter server", async function () {
    needRoot(this);
    const config = { scenario: "distributed", variableUpdate: "all-reduce", environment: "vm" };
    const { registered } = await run(program(config));
    const sandboxes = registered.filter(({ type }) => type === "underlay:index:Sandbox");
    expect(sandboxes.map(({ name }) => name)).to.deep.equal(["vm-chief-sandbox", "vm-worker-1-sandbox"]);
  });

  it("shared has a host for the background beside the one that is looked at, without a network", async function () {
    if (availableParallelism() < 2) {
      skip(this, "two hosts that are busy at once need two CPUs");
    }
    const { registered } = await run(program({ scenario: "shared", environment: "bare-metal" }));
    const sandboxes = registered.filter(({ type }) => type === "underlay:index:Sandbox");
    expect(sandboxes.map(({ name, inputs }) => [name, inputs["firstCpu"], inputs["network"]])).to.deep.equal([
      ["bare-metal-foreground-sandbox", 0, undefined],
      ["bare-metal-background-sandbox", 1, undefined],
    ]);
  });

  it("comparison shows the hosts the photographs that set-up made, and trains on them", async () => {
    const photographs = { directory: "/cache/photographs", digest: "sha256:p", count: 8 };
    const { registered } = await run(program({}, { photographs }));
    const volume = { source: "/cache/photographs", target: "/data/photographs" };
    for (const { type, inputs } of registered) {
      if (type === "underlay:index:Sandbox") {
        expect(inputs["volumes"]).to.deep.equal([volume]);
      }
    }
    const { plan } = named(registered, "training-measurement").inputs;
    expect(plan).to.deep.equal(trainingPlan({ cpus: 1, photographs: "/data/photographs" }));
  });

  it("comparison shows the hosts the user's own photographs instead", async () => {
    const data = homes.folder("mine");
    const photographs = { directory: "/cache/photographs", digest: "sha256:p", count: 8 };
    const { registered } = await run(program({ data, environment: "vm" }, { photographs }));
    expect(named(registered, "vm-sandbox").inputs["volumes"]).to.deep.equal([
      { source: data, target: "/data/photographs" },
    ]);
  });

  it("comparison shows the hosts an ImageNet-format data set beside the photographs, and trains on both", async () => {
    const imagenet = homes.folder("shards");
    writeFileSync(path.join(imagenet, "train-00000-of-00001"), "");
    const photographs = { directory: "/cache/photographs", digest: "sha256:p", count: 8 };
    const { registered } = await run(program({ imagenet, pageCache: "both" }, { photographs }));
    const volumes = [
      { source: "/cache/photographs", target: "/data/photographs" },
      { source: imagenet, target: "/data/imagenet" },
    ];
    const sandboxes = registered.filter(({ type }) => type === "underlay:index:Sandbox");
    expect(sandboxes.map(({ inputs }) => inputs["volumes"])).to.deep.equal(sandboxes.map(() => volumes));
    expect(named(registered, "training-measurement").inputs["plan"]).to.deep.equal(
      trainingPlan({ cpus: 1, photographs: "/data/photographs", imagenet: "/data/imagenet", pageCache: "both" }),
    );
  });

  it("comparison shows the hosts PyTorch when it is to train, and no host otherwise", async () => {
    const pytorch = { directory: "/cache/pytorch", version: "2.15.0" };
    const { registered } = await run(program({ framework: "pytorch" }, { pytorch }));
    const volumes = [{ source: "/cache/pytorch", target: "/data/pytorch" }];
    const sandboxes = registered.filter(({ type }) => type === "underlay:index:Sandbox");
    expect(sandboxes.map(({ inputs }) => inputs["volumes"])).to.deep.equal(sandboxes.map(() => volumes));
    expect(named(registered, "training-measurement").inputs["plan"]).to.deep.equal(
      trainingPlan({ cpus: 1, framework: "pytorch", packages: "/data/pytorch" }),
    );
    const other = await run(program({ environment: "vm" }, { pytorch }));
    expect(named(other.registered, "vm-sandbox").inputs["volumes"]).to.deep.equal([]);
    expect(named(other.registered, "training-measurement").inputs["plan"]).to.deep.equal(trainingPlan({ cpus: 1 }));
  });

  it("refuses a framework that set-up has not made, before anything is made", async () => {
    const make = program({ framework: "pytorch" });
    const { registered } = await run(() => {
      expect(errorOf(make).code).to.equal("framework-unavailable");
    });
    expect(registered).to.deep.equal([]);
  });

  it("comparison leaves photographs out when it is told to", async () => {
    const photographs = { directory: "/cache/photographs", digest: "sha256:p", count: 8 };
    const { registered } = await run(program({ photographs: "false", environment: "vm" }, { photographs }));
    expect(named(registered, "vm-sandbox").inputs["volumes"]).to.deep.equal([]);
    expect(named(registered, "training-measurement").inputs["plan"]).to.deep.equal(trainingPlan({ cpus: 1 }));
  });

  const findings = [
    { id: "guest-kernel", title: "Guest kernel", status: "missing" as const, detail: "none boots", remedy: null },
    {
      id: "container-engine",
      title: "Container engine",
      status: "missing" as const,
      detail: "podman starts no container",
      remedy: "apt-get install runc",
    },
  ];
  const missing: readonly (readonly [string, Partial<Machine>, readonly string[], readonly object[]])[] = [
    [
      "a guest kernel",
      { guestKernel: null },
      ["bare-metal", "container-on-bare-metal", "container-on-bare-metal-host"],
      [
        { environment: "vm", reason: "Guest kernel: none boots" },
        { environment: "container-on-vm", reason: "Guest kernel: none boots" },
      ],
    ],
    [
      "a container engine",
      { containerEngine: null },
      ["bare-metal", "vm", "container-on-vm", "container-on-vm-host"],
      [
        {
          environment: "container-on-bare-metal",
          reason: "Container engine: podman starts no container (apt-get install runc)",
        },
      ],
    ],
  ];
  for (const [what, machine, hosts, skipped] of missing) {
    it(`comparison on a machine without ${what} skips what needs it, with the reason`, async () => {
      const { value, registered } = await run(program({ cpus: "1" }, { findings, ...machine }));
      expect(listed(registered)).to.deep.equal(expected(...hosts));
      expect(measuredEnvironments(registered)).to.deep.equal(hosts.filter((host) => all.includes(host)));
      expect(value.skipped).to.deep.equal(skipped);
      expect(named(registered, "training-measurement").inputs["skipped"]).to.deep.equal(skipped);
    });
  }

  for (const [environment, machine] of [
    ["comparison", { bubblewrap: null }],
    ["bare-metal", { root: null }],
    ["vm", { guestKernel: null }],
    ["container-on-bare-metal", { containerEngine: null }],
    ["container-on-vm", { guestKernel: null }],
  ] as const) {
    it(`${environment} refuses a machine that cannot have it, before anything is made`, async () => {
      const make = program({ environment, cpus: "1" }, machine);
      const { registered } = await run(() => {
        const error = errorOf(make);
        expect(error.code).to.equal("environment-unavailable");
        expect(error.message).to.include(`"${environment === "comparison" ? "bare-metal" : environment}"`);
      });
      expect(registered).to.deep.equal([]);
    });
  }

  it("of a machine that is not set up says so, before anything is made", async () => {
    const settings = readConfig({});
    const { registered } = await run(() => {
      expect(errorOf(() => stacks.comparison(settings)).code).to.equal("machine-not-set-up");
    });
    expect(registered).to.deep.equal([]);
  });

  it("comparison shows all of its resources in a preview, where nothing is known yet", async () => {
    const { value, registered } = await run(program({}), true);
    expect(listed(registered)).to.deep.equal(expected(...Object.keys(hostLines)));
    expect(await valueOf(value.results)).to.equal(undefined);
    expect(value.skipped).to.deep.equal([]);
  });
});
