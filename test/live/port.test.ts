import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { portModel } from "../../cli/port.ts";
import type { PortReport } from "../../cli/port-text.ts";
import type { PortOptions } from "../../cli/port-options.ts";
import { machinePath, readMachine } from "../support/machine.mjs";
import { readMachine as readWholeMachine } from "../../provider/machine.ts";
import { executeInRoot } from "../../provider/root-program.ts";
import { captured } from "../support/captured.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { TemporaryHomes } from "../support/machine-file.ts";
import { skip } from "../support/skip.ts";

const fixtures = fileURLToPath(new URL("../fixtures/porting", import.meta.url));

describe("porting models to ONNX", function () {
  this.timeout(1_200_000);
  let homes: TemporaryHomes;
  let models: string;
  let pytorch: string | null;

  before(async function () {
    const found = readMachine();
    if (found?.onnx == null) skip(this, "ONNX's converters are not here: run `npx underlay setup --with onnx`");
    const machine = readWholeMachine();
    const machineFile = machinePath();
    homes = new TemporaryHomes();
    homes.writeMachine(readFileSync(machineFile, "utf8"));
    models = homes.folder("models");
    pytorch = found.pytorch?.directory ?? null;
    const wanted = ["tensorflow", "scikit-learn", ...(pytorch === null ? [] : ["pytorch"])];
    const seen = [
      { source: fixtures, target: "/data/fixtures" },
      { source: models, target: "/data/models", writable: true },
      { source: found.onnx.directory, target: "/data/onnx" },
      ...(pytorch === null ? [] : [{ source: pytorch, target: "/data/pytorch" }]),
    ];
    const python = ["/usr/bin/env", "PYTHONPATH=/data/onnx:/data/pytorch", "/usr/bin/python3", "-B"];
    const argv = [...python, "/data/fixtures/make_models.py", "/data/models", ...wanted];
    await executeInRoot(machine, argv, seen, { timeoutSec: 900 });
  });
  after(() => {
    homes.restore();
  });

  const options = (said: Partial<PortOptions> = {}): PortOptions => ({
    ...{ to: "onnx", out: path.join(models, "out", "model.onnx"), opset: "18", input: [], range: "0,1", json: true },
    ...{ relative: "0.001", absolute: "0.00001", samples: "16", seed: "1", timing: false },
    ...{ blocks: "3", requests: "100", starts: "1", threads: "1", ...said },
  });

  async function ported(name: string, said: Partial<PortOptions> = {}): Promise<PortReport> {
    let code: number | undefined;
    const text = await captured("stdout", async () => {
      code = await portModel(path.join(models, name), options(said));
    });
    expect(code).to.equal(0);
    return JSON.parse(text) as PortReport;
  }

  it("ports a model of Keras, which answers the same, sooner, and with a smaller part of the packages", async () => {
    const report = await ported("model.keras", { timing: true });
    expect(existsSync(report.file)).to.equal(true);
    expect(report.opset).to.equal(18);
    expect(report.inputs).to.deep.equal([{ name: "picture", type: "float32", shape: [null, 8, 8, 1] }]);
    expect(report.differences).to.have.length(1);
    expect(report.differences[0]).to.include({ values: 48, outside: 0 });
    expect(report.differences[0]?.maximumAbsolute).to.be.within(0, 1e-5);
    expect(report.installed.ported.bytes).to.be.below(report.installed.original.bytes / 4);
    expect(report.times?.latency.ported.n).to.equal(300);
    expect(report.times?.latencyRatio.ratio).to.be.below(1);
    expect(report.times?.start.ported.mean).to.be.below(report.times?.start.original.mean ?? 0);
    expect(report.peakMemoryMiB?.ported).to.be.below(report.peakMemoryMiB?.original ?? 0);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("underlay-port-"))).to.deep.equal([]);
  });

  it("names operators that ONNX has not, and writes nothing", async () => {
    const out = path.join(models, "odd.onnx");
    const error = await rejectionOf(portModel(path.join(models, "odd.keras"), options({ out })));
    expect(error.code).to.equal("operators-unsupported");
    expect(error.message).to.include("Erfinv");
    expect(existsSync(out)).to.equal(false);
  });

  it("loads a pickle of scikit-learn where it is trusted, and only there", async () => {
    const refused = await rejectionOf(portModel(path.join(models, "forest.joblib"), options()));
    expect(refused.code).to.equal("artefact-untrusted");
    const { differences, operators } = await ported("forest.joblib", { trust: true, opset: "17" });
    expect(operators).to.deep.equal(["TreeEnsembleClassifier"]);
    expect(differences.map(({ output, values, outside }) => [output, values, outside])).to.deep.equal([
      ["label", 16, 0],
      ["probabilities", 32, 0],
    ]);
    expect(differences[0]?.maximumAbsolute).to.equal(null);
  });

  it("refuses a folder with several models, naming them, and one with none", async () => {
    const several = await rejectionOf(portModel(models, options()));
    expect(several.code).to.equal("model-ambiguous");
    expect(several.message).to.include("forest.joblib").and.to.include("model.keras");
    expect((await rejectionOf(portModel(homes.folder("empty"), options()))).code).to.equal("model-missing");
  });

  it("makes the network of a state dictionary by the user's function, and says what it lacks", async function () {
    if (pytorch === null) skip(this, "PyTorch is not here: run `npx underlay setup --with pytorch`");
    const folder = homes.folder("source");
    copyFileSync(path.join(models, "network.py"), path.join(folder, "network.py"));
    const factory = `${path.join(folder, "network.py")}:make`;
    expect((await rejectionOf(portModel(path.join(models, "state.pt"), options()))).code).to.equal("factory-needed");
    const { differences, inputs } = await ported("state.pt", { factory, input: ["1x1x8x8"] });
    expect(inputs[0]?.shape).to.deep.equal([null, 1, 8, 8]);
    expect(differences[0]).to.include({ values: 48, outside: 0 });
  });
});
