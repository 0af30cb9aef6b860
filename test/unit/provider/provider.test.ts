import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { resultsOf } from "../../../measure/comparison.ts";
import { machineMemoryMiB } from "../../../provider/inputs.ts";
import { programDigest } from "../../../provider/program.ts";
import { digestOfFile, RecordFile } from "../../../provider/record-file.ts";
import { factsOf, recordLines } from "../../fixtures/report/fixture.ts";
import { errorOf } from "../../support/expect-error.ts";
import { freshRunId, fullMachine, TemporaryHomes } from "../../support/machine-file.ts";
import {
  measurementInputs,
  networkLink,
  type ObservedProvider,
  observedProvider,
  sandboxInputs,
  unknownValue,
  urnOf,
} from "../../support/provider-inputs.ts";

type Properties = Record<string, unknown>;

describe("the provider", () => {
  const runId = freshRunId();
  let homes: TemporaryHomes;
  let directory: string;
  let observed: ObservedProvider;

  before(() => {
    homes = new TemporaryHomes();
    directory = homes.folder("program");
    writeFileSync(path.join(directory, "main.py"), "print(1)\n");
  });
  after(() => {
    homes.restore();
  });
  beforeEach(() => {
    observed = observedProvider();
  });

  async function check(kind: "run" | "sandbox" | "measurement", inputs: Properties) {
    const result = await observed.provider.check(urnOf(kind), {}, inputs);
    return {
      inputs: result.inputs as Properties,
      failures: (result.failures ?? []).map(({ property, reason }) => `${property}: ${reason}`),
    };
  }

  describe("checks", () => {
    it("a sandbox, and fills in its defaults", async () => {
      const { volumes: _volumes, firstCpu: _first, ...given } = sandboxInputs(runId);
      expect(await check("sandbox", { ...given, __defaults: [] })).to.deep.equal({
        inputs: sandboxInputs(runId),
        failures: [],
      });
    });

    it("a measurement, and fills in the digest of its program", async () => {
      const { inputs, failures } = await check("measurement", measurementInputs(runId, directory));
      expect(failures).to.deep.equal([]);
      expect(inputs["programDigest"]).to.equal(programDigest(directory));
    });

    const sandboxes: readonly (readonly [string, Properties, string])[] = [
      ["no name of a resource", { name: "Bare Metal" }, "name: must be 1 to 48 lower-case letters, digits and dashes"],
      ["no id of a run", { runId: "run-1" }, "runId: must be the id of a run"],
      ["too little memory", { memoryMiB: 1 }, "memoryMiB: must be at least 64 MiB"],
      [
        "more memory than the machine has",
        { memoryMiB: machineMemoryMiB + 1 },
        `memoryMiB: must be at most the ${String(machineMemoryMiB)} MiB that this machine has`,
      ],
      ["no CPU", { cpus: 0 }, "cpus: "],
      ["another host for a process", { on: { hops: [] } }, "on: only a container runs on another host"],
      [
        "a folder that is not there",
        { volumes: [{ source: "/no/such", target: "/data/a" }] },
        "volumes.0.source: must be a folder",
      ],
      [
        "a relative folder",
        { volumes: [{ source: "out", target: "/data/a" }] },
        "volumes.0.source: must be an absolute path",
      ],
      [
        "a volume over the root",
        { volumes: [{ source: "/tmp", target: "/usr" }] },
        "volumes.0.target: must be a folder right below `/data`",
      ],
      ["a kind that does not exist", { kind: "jail" }, "kind: "],
      ["a property that does not exist", { memory: 1 }, "memory: is not a property"],
    ];
    for (const [what, change, failure] of sandboxes) {
      it(`a sandbox with ${what}: one failure, of that property`, async () => {
        const { failures } = await check("sandbox", { ...sandboxInputs(runId), ...change });
        expect(failures).to.have.lengthOf(1);
        expect(failures[0]).to.include(failure);
      });
    }

    it("every property, and tells of each that is wrong", async () => {
      const { failures } = await check("sandbox", { ...sandboxInputs(runId), memoryMiB: 1, kind: "jail" });
      expect(failures.map((line) => line.split(":")[0]).sort()).to.deep.equal(["kind", "memoryMiB"]);
    });

    const measurements: readonly (readonly [string, (inputs: Properties) => Properties, string])[] = [
      ["without hosts", (inputs) => ({ ...inputs, hosts: [] }), "hosts: must name at least one host"],
      [
        "whose baseline is no host",
        (inputs) => ({ ...inputs, baseline: "vm" }),
        "baseline: must be the environment of one of the hosts",
      ],
      [
        "with one environment twice",
        (inputs) => ({ ...inputs, hosts: [...(inputs["hosts"] as []), ...(inputs["hosts"] as [])] }),
        "hosts: must not name an environment twice",
      ],
      [
        "whose program is not there",
        (inputs) => ({ ...inputs, plan: { ...(inputs["plan"] as Properties), directory: "/no/such/program" } }),
        "plan.directory: must be a folder",
      ],
      [
        "with a limit longer than a timer can wait",
        (inputs) => ({ ...inputs, plan: { ...(inputs["plan"] as Properties), answerTimeoutSec: 1e9 } }),
        "plan.answerTimeoutSec: must be at most 604800",
      ],
    ];
    for (const [what, change, failure] of measurements) {
      it(`a measurement ${what}: one failure, of that property`, async () => {
        const { failures } = await check("measurement", change(measurementInputs(runId, directory)));
        expect(failures).to.have.lengthOf(1);
        expect(failures[0]).to.include(failure);
      });
    }

    it("nothing of a value that is not known yet", async () => {
      const inputs = {
        ...sandboxInputs(unknownValue),
        kind: "container",
        on: unknownValue,
        onFacts: unknownValue,
      };
      expect((await check("sandbox", inputs)).failures).to.deep.equal([]);
      const hosts = [{ environment: "bare-metal", connection: unknownValue, facts: unknownValue }];
      const measurement = { ...measurementInputs(unknownValue, directory), hosts };
      expect((await check("measurement", measurement)).failures).to.deep.equal([]);
    });

    it("the other values all the same", async () => {
      const { failures } = await check("sandbox", { ...sandboxInputs(unknownValue), cpus: 0, volumes: [unknownValue] });
      expect(failures).to.have.lengthOf(1);
      expect(failures[0]).to.match(/^cpus: /);
    });

    it("only resources that it has", () => {
      const urn = "urn:pulumi:dev::underlay::underlay:index:Satellite::name";
      const error = errorOf(() => observed.provider.check(urn, {}, {}));
      expect(error.code).to.equal("unknown-resource");
      expect(error.message).to.include('no resource "underlay:index:Satellite"').and.include("underlay:index:Sandbox");
    });
  });

  describe("compares a run", () => {
    const state = { project: "underlay", stack: "dev", runId };

    it("and finds no change in the same", async () => {
      const diff = await observed.provider.diff(runId, urnOf("run"), state, { project: "underlay", stack: "dev" });
      expect(diff).to.deep.include({ changes: false, replaces: [] });
    });

    it("and replaces one of another stack", async () => {
      const diff = await observed.provider.diff(runId, urnOf("run"), state, { project: "underlay", stack: "prod" });
      expect(diff).to.deep.include({ changes: true, replaces: ["stack"] });
    });
  });

  describe("compares a sandbox", () => {
    const state = (inputs: Properties): Properties => ({
      ...inputs,
      connection: { hops: [] },
      facts: factsOf("bare-metal"),
    });
    async function diff(olds: Properties, news: Properties) {
      return observed.provider.diff("id", urnOf("sandbox"), olds, news);
    }

    it("and finds no change in the same", async () => {
      const result = await diff(state(sandboxInputs(runId)), sandboxInputs(runId));
      expect(result).to.deep.include({ changes: false, replaces: [] });
    });

    for (const [key, value] of Object.entries({
      cpus: 2,
      memoryMiB: 1024,
      kind: "vm",
      network: { link: networkLink(), hostName: "one", address: "198.18.0.1" },
      runId: freshRunId(),
    })) {
      it(`and replaces it, the old one first, when its ${key} changes`, async () => {
        const result = await diff(state(sandboxInputs(runId)), { ...sandboxInputs(runId), [key]: value });
        expect(result).to.deep.equal({ changes: true, replaces: [key], deleteBeforeReplace: true });
      });
    }

    it("and finds no change in one that was made when no network was a word", async () => {
      const result = await diff(state({ ...sandboxInputs(runId), network: "none" }), sandboxInputs(runId));
      expect(result).to.deep.include({ changes: false, replaces: [] });
    });

    it("and finds no change in the same network, which is made again at another rate", async () => {
      const inputs = { ...networkLink(), runId };
      const outputs = { ...inputs, link: networkLink() };
      const same = await observed.provider.diff("id", urnOf("network"), outputs, inputs);
      expect(same).to.deep.include({ changes: false, replaces: [] });
      const slow = await observed.provider.diff("id", urnOf("network"), outputs, { ...inputs, rateMbitPerSec: 100 });
      expect(slow).to.deep.include({ changes: true, replaces: ["rateMbitPerSec"] });
    });

    it("and replaces it when its network is another, the rate alone included", async () => {
      const joined = (link: Properties) => ({
        ...sandboxInputs(runId),
        network: { link: { ...networkLink(), ...link }, hostName: "one", address: "198.18.0.1" },
      });
      expect(await diff(state(joined({})), joined({}))).to.deep.include({ changes: false });
      const result = await diff(state(joined({})), joined({ rateMbitPerSec: 100 }));
      expect(result).to.deep.equal({ changes: true, replaces: ["network"], deleteBeforeReplace: true });
    });

    it("and replaces a container that is no longer to run on another host", async () => {
      const container = { ...sandboxInputs(runId), kind: "container" };
      const result = await diff(state({ ...container, on: { hops: [{ argv: ["ssh"], shell: true }] } }), container);
      expect(result).to.deep.include({ changes: true, replaces: ["on"] });
    });

    it("and tells, while its host is not known, what can happen at most", async () => {
      const container = { ...sandboxInputs(runId), kind: "container", on: { hops: [] } };
      const result = await diff(state(container), { ...container, on: unknownValue, cpus: 2 });
      expect(result).to.deep.include({ changes: true, replaces: ["cpus", "on"] });
    });

    it("although a folder that it saw is gone", async () => {
      const gone = homes.folder("photographs");
      const before = { ...sandboxInputs(runId), volumes: [{ source: gone, target: "/data/photographs" }] };
      rmSync(gone, { recursive: true });
      const result = await diff(state(before), sandboxInputs(runId));
      expect(result).to.deep.include({ changes: true, replaces: ["volumes"] });
    });
  });

  describe("compares a measurement", () => {
    let inputs: Properties;
    let state: Properties;

    beforeEach(async () => {
      const record = new RecordFile(homes.folder("records"), `${freshRunId()}-training`);
      for (const line of recordLines()) {
        record.append(line);
      }
      inputs = (await check("measurement", measurementInputs(runId, directory))).inputs;
      const sha256 = digestOfFile(record.path) ?? "";
      state = { ...inputs, results: resultsOf(record.lines, { path: record.path, sha256 }) };
    });

    async function diff(news: Properties, olds = state) {
      return observed.provider.diff("id", urnOf("measurement"), olds, news);
    }
    const changed = (key: string, change: (value: Properties) => unknown): Properties => ({
      ...inputs,
      [key]: change(inputs[key] as Properties),
    });
    const recordPath = (): string => (state["results"] as { record: { path: string } }).record.path;

    it("and finds no change in the same", async () => {
      expect(await diff(inputs)).to.deep.include({ changes: false, replaces: [] });
      expect(observed.said).to.deep.equal([]);
    });

    it("and finds none when there is a new way to the same host", async () => {
      const [host] = inputs["hosts"] as [Properties];
      const hosts = [{ ...host, connection: { hops: [{ argv: ["nsenter", "--target", "7"], shell: false }] } }];
      expect(await diff({ ...inputs, hosts })).to.deep.include({ changes: false });
    });

    it("and finds none when the same program is in another folder, the old one being gone", async () => {
      const moved = homes.folder("moved");
      writeFileSync(path.join(moved, "main.py"), "print(1)\n");
      const old = { ...state, plan: { ...(state["plan"] as Properties), directory: "/gone/before" } };
      const { inputs: news } = await check("measurement", measurementInputs(runId, moved));
      expect(await diff(news, old)).to.deep.include({ changes: false });
    });

    it("and finds none when only the patience changes", async () => {
      expect(await diff(changed("plan", (plan) => ({ ...plan, answerTimeoutSec: 9 })))).to.deep.include({
        changes: false,
      });
    });

    it("and updates it in place when its record is to be elsewhere", async () => {
      const result = await diff({ ...inputs, recordDirectory: "elsewhere" });
      expect(result).to.deep.include({ changes: true, replaces: [] });
      const urn = urnOf("measurement");
      const updated = await observed.provider.update("id", urn, state, { ...inputs, recordDirectory: "elsewhere" });
      expect(updated.outs).to.deep.include({ recordDirectory: "elsewhere", results: state["results"] });
    });

    const other: Readonly<Record<string, () => Properties>> = {
      plan: () => changed("plan", (plan) => ({ ...plan, options: { size: 9 } })),
      programDigest: () => ({ ...inputs, programDigest: "sha256:other" }),
      hosts: () => {
        const [host] = inputs["hosts"] as [Properties];
        return { ...inputs, hosts: [{ ...host, facts: { ...factsOf("bare-metal"), cpus: 2 } }] };
      },
    };
    for (const [key, make] of Object.entries(other)) {
      it(`and measures again when the ${key} changes`, async () => {
        expect(await diff(make())).to.deep.include({ changes: true, replaces: [key] });
      });
    }

    it("and measures again when its record was changed", async () => {
      writeFileSync(recordPath(), "changed\n");
      expect(await diff(inputs)).to.deep.equal({ changes: true, replaces: ["name"], deleteBeforeReplace: true });
      expect(observed.said).to.deep.equal([
        { kind: "warn", message: `It is made again: its record was changed or removed: ${recordPath()}.` },
      ]);
    });

    it("and measures again when its record is gone", async () => {
      rmSync(recordPath());
      expect(await diff(inputs)).to.deep.include({ changes: true, replaces: ["name"] });
    });

    it("and measures again what was not measured to its end", async () => {
      const partial = { ...state, results: { ...(state["results"] as Properties), status: "partial" } };
      expect(await diff(inputs, partial)).to.deep.include({ changes: true, replaces: ["name"] });
    });

    it("and tells, while a host is not known, what can happen at most", async () => {
      const [host] = inputs["hosts"] as [Properties];
      const { programDigest: _digest, ...known } = inputs;
      const preview = { ...known, hosts: [{ ...host, connection: unknownValue }] };
      expect(await diff(preview)).to.deep.include({ changes: true, replaces: ["hosts"] });
    });

    describe("as it is now:", () => {
      const read = async () => observed.provider.read("id", urnOf("measurement"), state);

      it("unchanged", async () => {
        expect(await read()).to.deep.equal({ id: "id", props: state });
      });

      it("gone with its record", async () => {
        rmSync(recordPath());
        expect(await read()).to.deep.equal({ id: "", props: {} });
        expect(observed.said.map(({ message }) => message).join()).to.match(/The record is gone/);
      });

      it("marked when its record was changed, so that the next up measures again", async () => {
        writeFileSync(recordPath(), "changed\n");
        const props = (await read()).props as Properties;
        expect(props).to.deep.equal({ ...state, recordIntact: false });
        expect(await diff(inputs, props)).to.deep.include({ changes: true, replaces: ["name"] });
      });
    });
  });

  describe("lets go", () => {
    it("of a sandbox whose folder is gone, with all that it made", async () => {
      homes.writeMachine({ ...fullMachine, containerEngine: null });
      const gone = homes.folder("gone");
      const inputs = { ...sandboxInputs(runId), volumes: [{ source: gone, target: "/data/photographs" }] };
      const kept = path.join(homes.directory, "state/underlay/runs", runId, "sandboxes/bare-metal-sandbox");
      mkdirSync(kept, { recursive: true });
      rmSync(gone, { recursive: true });
      await observed.provider.delete("id", urnOf("sandbox"), { ...inputs, connection: { hops: [] } });
      expect(() => rmSync(kept, { recursive: true })).to.throw(/ENOENT/);
      expect(observed.said).to.deep.equal([]);
    });

    it("of a state that it cannot read, and says so", async () => {
      await observed.provider.delete("id", urnOf("sandbox"), { color: "blue" });
      expect(observed.said.map(({ kind }) => kind)).to.deep.equal(["warn"]);
    });
  });

  it("imports nothing", async () => {
    let message = "";
    await observed.provider.read("id", urnOf("sandbox")).catch((thrown: unknown) => {
      message = (thrown as Error).message;
    });
    expect(message).to.match(/cannot be imported/);
  });
});
