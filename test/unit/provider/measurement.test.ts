import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseRecord } from "../../../measure/parse-record.ts";
import type { RecordLine } from "../../../measure/record.ts";
import { type Results, resultsSchema } from "../../../measure/results.ts";
import { runProcesses } from "../../../provider/processes.ts";
import { programDigest } from "../../../provider/program.ts";
import { digestOfFile } from "../../../provider/record-file.ts";
import { PartialFailure } from "../../../provider/resource-handler.ts";
import { factsOf } from "../../fixtures/report/fixture.ts";
import { freshRunId, TemporaryHomes } from "../../support/machine-file.ts";
import { measurementInputs, type ObservedProvider, observedProvider, urnOf } from "../../support/provider-inputs.ts";
import { needPython } from "../../support/python.ts";
import { skip } from "../../support/skip.ts";
import { until } from "../../support/until.ts";

const program = path.resolve(import.meta.dirname, "../../fixtures/program");
const bubblewrap = "bwrap";
const environments = ["bare-metal", "container-on-bare-metal"] as const;

describe("a measurement", () => {
  let homes: TemporaryHomes;
  let runId: string;
  let observed: ObservedProvider;

  before(function () {
    needPython(this);
    if (spawnSync(bubblewrap, ["--dev-bind", "/", "/", "true"]).status !== 0) {
      skip(this, "bwrap does not run here: a host needs scratch space of its own");
    }
  });
  beforeEach(() => {
    homes = new TemporaryHomes();
    runId = freshRunId();
    observed = observedProvider();
  });
  afterEach(() => {
    const left = runProcesses().filter((found) => found.runId === runId);
    homes.restore();
    expect(left).to.deep.equal([]);
  });

  /** A host with a scratch space and a name of its own: this machine's processes under another /tmp. */
  function host(environment: (typeof environments)[number], name: string = environment) {
    const own = ["--unshare-uts", "--hostname", name, "--bind", homes.folder(name), "/tmp"];
    const argv = [bubblewrap, "--die-with-parent", "--unshare-user-try", "--dev-bind", "/", "/", ...own, "--"];
    return { environment, connection: { hops: [{ argv, shell: false }] }, facts: factsOf(environment) };
  }

  async function inputs(fault?: Record<string, unknown>, answerTimeoutSec = 20) {
    const base = measurementInputs(runId, program);
    const options = fault === undefined ? { size: 8 } : { size: 8, fault };
    const news = {
      ...base,
      hosts: environments.map((name) => host(name)),
      plan: { ...(base["plan"] as object), options, answerTimeoutSec },
      recordDirectory: path.join(homes.directory, "records"),
    };
    const checked = await observed.provider.check(urnOf("measurement"), {}, news);
    expect(checked.failures).to.equal(undefined);
    return checked.inputs as Record<string, unknown>;
  }

  const create = async (fault?: Record<string, unknown>, answerTimeoutSec?: number) =>
    observed.provider.create(urnOf("measurement"), await inputs(fault, answerTimeoutSec));

  function recordOf(results: Results): RecordLine[] {
    return parseRecord(readFileSync(results.record.path, "utf8"));
  }

  it("plays its whole schedule, and writes down all of it", async () => {
    const created = await create();
    expect(created.id).to.equal(`${runId}/training-measurement`);
    const results = resultsSchema.parse((created.outs as Record<string, unknown>)["results"]);
    expect(results).to.include({ runId, status: "complete", workload: "hashing", baseline: "bare-metal" });
    expect(results.failures).to.deep.equal([]);

    const lines = recordOf(results);
    const count = (type: RecordLine["type"]): number => lines.filter((line) => line.type === type).length;
    expect(lines[0]).to.deep.include({ type: "run", runId, programDigest: programDigest(program) });
    expect(lines.at(-1)).to.deep.include({ type: "end", status: "complete" });
    expect([count("environment"), count("launch"), count("block"), count("stop")]).to.deep.equal([2, 4, 8, 4]);
    for (const environment of environments) {
      const blocks = lines.flatMap((line) => (line.type === "block" && line.environment === environment ? [line] : []));
      expect(blocks.map(({ round, block }) => `${round}.${block}`).sort()).to.deep.equal(["0.0", "0.1", "1.0", "1.1"]);
      for (const { items, seconds, hostSeconds, steps } of blocks) {
        expect({ items, steps: steps.length }).to.deep.equal({ items: 80, steps: 2 });
        expect(hostSeconds).to.be.at.least(seconds);
      }
    }
    expect(results.record.sha256).to.equal(digestOfFile(results.record.path));
    expect(results.environments.map(({ environment }) => environment)).to.deep.equal([...environments]);

    const told = observed.said.filter(({ kind }) => kind === "status").map(({ message }) => message);
    expect(told.filter((message) => message.includes("launching"))).to.have.lengthOf(4);
    expect(told.at(-1)).to.match(/^[a-z-]+: block 8 of 8, synthetic, [\d.]+ hashes\/s; \d+ s left$/);
    expect(told[0]).to.match(/launching, round 1 of 2; time left not known yet$/);
  });

  describe("with several hosts per environment", () => {
    const companion = (environment: (typeof environments)[number], role: string) => {
      const { connection, facts } = host(environment, `${environment}-${role}`);
      return { connection, facts };
    };
    async function played(companions: readonly Record<string, unknown>[], options: Record<string, unknown> = {}) {
      const base = measurementInputs(runId, program);
      const roles = companions.map(({ role }) => String(role));
      const news = {
        ...base,
        hosts: environments.map((name) => ({
          ...host(name),
          companions: roles.map((role) => companion(name, role)),
        })),
        plan: { ...(base["plan"] as object), options, role: "chief", companions },
        recordDirectory: path.join(homes.directory, "records"),
      };
      const checked = await observed.provider.check(urnOf("measurement"), {}, news);
      expect(checked.failures).to.equal(undefined);
      const created = await observed.provider.create(urnOf("measurement"), checked.inputs as Record<string, unknown>);
      const results = resultsSchema.parse((created.outs as Record<string, unknown>)["results"]);
      return { results, lines: recordOf(results) };
    }
    const blocksOf = (lines: readonly RecordLine[]) => lines.flatMap((line) => (line.type === "block" ? [line] : []));

    it("sums what those do that play together, and leaves those alone that serve", async () => {
      const { results, lines } = await played([
        { role: "worker-1", during: { plays: "together" } },
        { role: "parameter-server", during: { plays: "nothing" } },
      ]);
      expect(results.status).to.equal("complete");
      expect(blocksOf(lines)).to.have.lengthOf(8);
      for (const { items, steps, seconds, hostSeconds } of blocksOf(lines)) {
        expect({ items, steps: steps.length }).to.deep.equal({ items: 160, steps: 2 });
        expect(seconds).to.be.at.most(hostSeconds);
      }
      const { companions, network } = results.environments[0]!;
      expect(companions?.map(({ role }) => role)).to.deep.equal(["worker-1", "parameter-server"]);
      expect(network).to.equal(undefined);
      const launch = lines.find((line) => line.type === "launch");
      expect(Object.keys(launch?.facts["companions"] as object)).to.deep.equal(["worker-1", "parameter-server"]);
    });

    it("counts what is done alongside, in the series that have it", async () => {
      const { lines } = await played([
        { role: "background", during: { plays: "alongside", series: "synthetic", beside: ["synthetic"] } },
      ]);
      for (const { items, metrics } of blocksOf(lines)) {
        expect(items).to.equal(80);
        expect(metrics["background.items"]).to.be.at.least(40);
        expect(metrics["background.seconds"]).to.be.greaterThan(0);
      }
      const { lines: idle } = await played([
        { role: "background", during: { plays: "alongside", series: "synthetic", beside: ["photographs"] } },
      ]);
      expect(blocksOf(idle).map(({ metrics }) => metrics)).to.deep.equal(blocksOf(idle).map(() => ({})));
    });

    it("says which program failed, and ends the others", async () => {
      const fault = { block: 0, kind: "die", host: "bare-metal-worker-1" };
      const failure = await played([{ role: "worker-1", during: { plays: "together" } }], { fault }).then(
        () => "no error",
        (thrown: unknown) => (thrown as Error).message,
      );
      expect(failure).to.match(/^bare-metal: worker-1: The workload program ended \(exit code 3\)/);
    });

    it("refuses hosts that are not as many as the plan's roles", async () => {
      const base = measurementInputs(runId, program);
      const plan = { ...(base["plan"] as object), companions: [{ role: "worker-1", during: { plays: "together" } }] };
      const { failures } = await observed.provider.check(urnOf("measurement"), {}, { ...base, plan });
      expect(failures).to.deep.equal([{ property: "hosts", reason: "must each have as many companions as the plan" }]);
    });
  });

  it("goes on without an environment that fails, keeps what was measured, and names it", async () => {
    let failure: unknown;
    await create({ block: 1, kind: "die", host: "container-on-bare-metal" }).catch((thrown: unknown) => {
      failure = thrown;
    });
    expect(failure).to.be.instanceOf(PartialFailure);
    const { id, properties, reasons, message } = failure as PartialFailure;
    expect(id).to.equal(`${runId}/training-measurement`);
    expect(reasons).to.have.lengthOf(1);
    expect(message).to.match(/^container-on-bare-metal: The workload program ended \(exit code 3\)/);

    const results = resultsSchema.parse(properties["results"]);
    expect(results.status).to.equal("partial");
    expect(results.failures).to.have.lengthOf(1);
    expect(results.failures[0]).to.include({ environment: "container-on-bare-metal", code: "session-died" });
    const lines = recordOf(results);
    const blocks = lines.flatMap((line) => (line.type === "block" ? [line.environment] : []));
    expect(blocks.filter((environment) => environment === "bare-metal")).to.have.lengthOf(4);
    expect(blocks.filter((environment) => environment === "container-on-bare-metal")).to.have.lengthOf(1);
    expect(lines.find((line) => line.type === "failure")).to.deep.include({ log: ["ready to hash"], round: 0 });
    expect(observed.said.filter(({ kind }) => kind === "warn")).to.have.lengthOf(1);
  });

  it("ends a program that hangs, and goes on without its environment", async () => {
    let message = "";
    await create({ block: 0, kind: "hang", host: "bare-metal" }, 4).catch((thrown: unknown) => {
      message = (thrown as Error).message;
    });
    expect(message).to.match(/^bare-metal: The workload program took more than 4 s to say "block"/);
    expect(runProcesses().filter((found) => found.runId === runId)).to.deep.equal([]);
  });

  it("is over at once when it is cancelled, leaves no process, and says where its record is", async () => {
    const running = create({ block: 1, kind: "hang" }).then(
      () => "no error",
      (thrown: unknown) => (thrown as Error).message,
    );
    await until(() => observed.said.some(({ message }) => message.includes("block 1 of 8")));
    const from = performance.now();
    await observed.provider.cancel();
    expect((performance.now() - from) / 1000).to.be.lessThan(5);
    expect(runProcesses().filter((found) => found.runId === runId)).to.deep.equal([]);

    const message = await running;
    const record = /What it had measured is in (\S+\.jsonl)\./.exec(message)?.[1] ?? "";
    expect(message).to.match(/The operation was cancelled/);
    const lines = parseRecord(readFileSync(record, "utf8"));
    expect(lines.at(-1)).to.include({ type: "end", status: "cancelled" });
    expect(lines.filter(({ type }) => type === "block").length).to.be.within(1, 2);
  });

  it("is another one once its program has changed", async () => {
    const copy = homes.folder("program");
    writeFileSync(path.join(copy, "main.py"), readFileSync(path.join(program, "main.py")));
    const urn = urnOf("measurement");
    const given = { ...measurementInputs(runId, copy), hosts: [host("bare-metal")] };
    const before = (await observed.provider.check(urn, {}, given)).inputs as Record<string, unknown>;
    appendFileSync(path.join(copy, "main.py"), "# changed\n");
    const after = (await observed.provider.check(urn, {}, given)).inputs as Record<string, unknown>;
    expect(before["programDigest"]).not.to.equal(after["programDigest"]);
  });
});
