import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { functionPackageSchema } from "../../measure/function-package.ts";
import { readMachine } from "../../provider/machine.ts";
import { serviceFunctionInputsSchema } from "../../provider/model-service/inputs.ts";
import { serviceFunctionHandler } from "../../provider/model-service/service-function.ts";
import { modelServicePrograms } from "../../workloads/index.ts";
import { FunctionLab, whyNoFunctions } from "../support/function.ts";
import { quietOperation } from "../support/operation.ts";
import { predict } from "../support/service-load.ts";
import { skip } from "../support/skip.ts";

const source = fileURLToPath(new URL("../fixtures/service/source", import.meta.url));

describe("a model's source as a function", function () {
  this.timeout(600_000);
  const machine = readMachine();
  let lab: FunctionLab;

  before(function () {
    const reason = whyNoFunctions(machine) ?? (machine.uv === null ? "uv is not here" : null);
    if (reason !== null) skip(this, reason);
    lab = new FunctionLab();
  });
  after(async () => {
    await lab.end();
  });

  it("answers as its container does, behind AWS's own runtime interface, and leaves nothing", async () => {
    const inputs = serviceFunctionInputsSchema.parse({ name: "adder", source, programs: modelServicePrograms });
    const { outputs } = await serviceFunctionHandler.create(inputs, quietOperation());
    const archive = functionPackageSchema.parse(outputs["archive"]);
    const { url } = await lab.start({ package: archive, memoryMiB: 512, maximumInstances: 1 });
    const answer = await predict(url, JSON.stringify({ instances: [[1, 2, 3], [4]] }));
    expect(answer.status).to.equal(200);
    const { predictions, model } = JSON.parse(answer.body) as { predictions: unknown; model: string };
    expect(model).to.equal("adder");
    expect(predictions).to.deep.equal([
      { sum: 6, version: 1, words: "hello" },
      { sum: 4, version: 1, words: "hello" },
    ]);
    const refused = await predict(url, JSON.stringify({ instances: [[]] }));
    expect(refused.status).to.equal(400);
    expect(refused.body).to.include("input-refused");
    expect((await predict(url, "x", undefined, "text/plain")).status).to.equal(415);
    expect(await lab.end()).to.deep.equal([]);
  });
});
