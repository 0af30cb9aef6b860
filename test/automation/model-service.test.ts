import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { expect } from "chai";
import { endpointFactsSchema } from "../../measure/endpoint.ts";
import { engineCommand, listContainers } from "../../provider/container-engine.ts";
import { execute } from "../../provider/execute.ts";
import { readMachine } from "../../provider/machine.ts";
import { engineOf } from "../../provider/model-service/engine-build.ts";
import { runProcesses } from "../../provider/processes.ts";
import { type HashingStack, openHashingStack } from "../support/hashing-stack.ts";
import { login, type Registry, registryProgram, startRegistry } from "../support/registry.ts";
import { predict, SteadyLoad, whyNoServices } from "../support/service-load.ts";
import { skip } from "../support/skip.ts";

const fixture = fileURLToPath(new URL("../fixtures/service/source", import.meta.url));
const body = JSON.stringify({ instances: [[1, 2, 3]] });

/** What a version of the fixture answers. */
const versionIn = (text: string): unknown =>
  (JSON.parse(text) as { predictions: { version: number }[] }).predictions[0]?.version;

/** A resource as the engine keeps it. */
interface Kept {
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

/** What an operation of the engine fails with. */
const failureOf = (operation: Promise<unknown>): Promise<string> =>
  operation.then(
    () => "",
    (error: unknown) => (error as Error).message,
  );

describe("the life of a model's service, with the real engine", function () {
  this.timeout(600_000);
  let stack: HashingStack | undefined;
  let registry: Registry | undefined;
  let folder = "";
  let source = "";
  let runId = "";
  let url = "";

  before(async function () {
    const reason = whyNoServices(readMachine());
    if (reason !== null) skip(this, reason);
    folder = mkdtempSync(join(tmpdir(), "underlay-source-"));
    source = join(folder, "source");
    cpSync(fixture, source, { recursive: true });
    stack = await openHashingStack("model-service", { source }, "service-program");
  });
  after(async () => {
    await stack?.dispose();
    await registry?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is served from its source alone, and says what it is", async () => {
    const { outputs } = await stack!.stack.up();
    runId = String(outputs["runId"]?.value);
    url = String(outputs["url"]?.value);
    const answer = await predict(url, body);
    expect([answer.status, versionIn(answer.body)]).to.deep.equal([200, 1]);
    const facts = endpointFactsSchema.parse(outputs["facts"]?.value);
    expect(facts).to.include({ target: "local", memoryMiB: 512, runtime: "python3.11" });
    expect(outputs["imageDigest"]?.value).to.equal(`sha256:${facts.packageSha256}`);
    const price = outputs["pricePerHour"]?.value as { value: number | null; reason: string };
    expect(price.value).to.equal(null);
    expect(price.reason).to.match(/price book/);
    expect((await stack!.stack.up({ refresh: true })).summary.resourceChanges).to.have.all.keys("same");
  });

  it("is made again when its container was ended", async () => {
    const engine = engineOf(readMachine());
    const container = (await listContainers(engine)).find((one) => one.runId === runId);
    await execute(engineCommand(engine, ["rm", "--force", container!.name]), { timeoutSec: 60 });
    const { outputs } = await stack!.stack.up({ refresh: true });
    url = String(outputs["url"]?.value);
    expect((await predict(url, body)).status).to.equal(200);
    const fronts = runProcesses().filter(
      (one) => one.runId === runId && /\/front\/(?:launch|main)\.m?js/.test(one.command),
    );
    expect(fronts).to.have.length(1);
  });

  it("is put into a registry by a login that is a secret, and known there by its digest", async function () {
    const program = await registryProgram();
    if ("reason" in program) skip(this, program.reason);
    registry = await startRegistry(program.file, join(folder, "registry"));
    const target = `${registry.host}/team/adder:1`;
    await stack!.configure({ target, username: login.username, password: "wrong" });
    expect(await failureOf(stack!.stack.up())).to.match(/unauthorized|authentication required/);
    await stack!.configure({ target, ...login });
    const { outputs } = await stack!.stack.up();
    const [name, digest] = String(outputs["pushed"]?.value).split("@");
    expect(name).to.equal(`${registry.host}/team/adder`);
    const kept = await registry.ask(`/v2/team/adder/manifests/${digest ?? ""}`);
    expect([kept.status, kept.digest]).to.deep.equal([200, digest]);
    const { resources } = (await stack!.stack.exportStack()).deployment as { resources: Kept[] };
    const push = resources.find(({ outputs: kept }) => kept?.["target"] === target);
    for (const kept of [push?.inputs, push?.outputs]) {
      expect(kept?.["password"]).to.include({ [specialSigKey]: specialSecretSig });
    }
    expect((await stack!.stack.up()).summary.resourceChanges).to.have.all.keys("same");
  });

  it("takes a new version over under load without a request that fails, and keeps the one before when it cannot predict", async () => {
    const load = new SteadyLoad(url, body);
    try {
      const file = join(source, "predict.py");
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.replace("VERSION = 1", "VERSION = 2"));
      const { outputs } = await stack!.stack.up();
      expect(outputs["url"]?.value).to.equal(url);
      expect(versionIn((await predict(url, body)).body)).to.equal(2);
      writeFileSync(file, text.replace("if not values:", "if values:"));
      expect(await failureOf(stack!.stack.up())).to.include("answered a first request with 400");
      expect(versionIn((await predict(url, body)).body)).to.equal(2);
    } finally {
      await load.end();
    }
    expect(load.failed).to.deep.equal([]);
    expect(load.answers.length).to.be.above(100);
  });

  it("leaves nothing after destroy, and its audit says so", async () => {
    const said: string[] = [];
    await stack!.stack.destroy({ onEvent: ({ diagnosticEvent }) => said.push(diagnosticEvent?.message ?? "") });
    expect(said.join("")).to.include(`nothing carries the run id ${runId}`);
    expect(await stack!.leftovers(runId)).to.deep.equal([]);
  });
});
