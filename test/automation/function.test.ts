import { expect } from "chai";
import { endpointAnswerSchema, endpointFactsSchema } from "../../measure/endpoint.ts";
import { readMachine } from "../../provider/machine.ts";
import { runProcesses } from "../../provider/processes.ts";
import { whyNoFunctions } from "../support/function.ts";
import { type HashingStack, openHashingStack } from "../support/hashing-stack.ts";
import { skip } from "../support/skip.ts";

describe("the life of a function, with the real engine", function () {
  this.timeout(300_000);
  let stack: HashingStack | undefined;
  let runId = "";
  let url = "";

  before(async function () {
    const reason = whyNoFunctions(readMachine());
    if (reason !== null) {
      skip(this, reason);
    }
    stack = await openHashingStack("function", {}, "function-program");
  });
  after(async () => {
    await stack?.dispose();
  });

  it("serves, and tells what it serves", async () => {
    const { outputs } = await stack!.stack.up();
    runId = String(outputs["runId"]?.value);
    url = String(outputs["url"]?.value);
    const facts = endpointFactsSchema.parse(outputs["facts"]?.value);
    expect(facts).to.include({ target: "local", memoryMiB: 512, packageSha256: String(outputs["sha256"]?.value) });
    const answer = endpointAnswerSchema.parse(await (await fetch(`${url}/predict`)).json());
    expect([answer.model, answer.coldStart]).to.deep.equal(["squeezenet-1.0", true]);
  });

  it("changes nothing in a second up and a refresh, and serves on", async () => {
    expect((await stack!.stack.up()).summary.resourceChanges).to.have.all.keys("same");
    expect((await stack!.stack.refresh()).summary.resourceChanges).to.have.all.keys("same");
    const answer = endpointAnswerSchema.parse(await (await fetch(`${url}/predict`)).json());
    expect(answer.coldStart).to.equal(false);
  });

  it("is made again when it was killed", async () => {
    for (const { pid, runId: owner } of runProcesses()) {
      if (owner === runId) {
        process.kill(pid, "SIGKILL");
      }
    }
    const { outputs } = await stack!.stack.up({ refresh: true });
    expect((await fetch(`${String(outputs["url"]?.value)}/predict`)).status).to.equal(200);
  });

  it("leaves nothing after destroy, and its audit says so", async () => {
    const said: string[] = [];
    await stack!.stack.destroy({ onEvent: ({ diagnosticEvent }) => said.push(diagnosticEvent?.message ?? "") });
    expect(said.join("")).to.include(`nothing carries the run id ${runId}`);
    expect(await stack!.leftovers(runId)).to.deep.equal([]);
  });
});
