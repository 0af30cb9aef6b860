import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { adaptModel, type AdaptOptions } from "../../cli/adapt.ts";
import type { AdaptReport } from "../../cli/adapt-text.ts";
import { captured } from "../support/captured.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { TemporaryHomes } from "../support/machine-file.ts";
import { machinePath, readMachine } from "../support/machine.mjs";
import { skip } from "../support/skip.ts";
import { executeInRoot } from "../../provider/root-program.ts";
import { readMachine as readWholeMachine } from "../../provider/machine.ts";

const workloads = path.resolve("workloads");

describe("adapting a model to other images", function () {
  this.timeout(900_000);
  let homes: TemporaryHomes;
  const sets: Record<string, string> = {};

  before(async function () {
    if (readMachine()?.root == null) skip(this, "there is no root file system: run `npm test`");
    const machineFile = readFileSync(machinePath(), "utf8");
    homes = new TemporaryHomes();
    homes.writeMachine(machineFile);
    for (const domain of ["shop", "street"]) {
      sets[domain] = homes.folder(domain);
      const seen = [
        { source: workloads, target: "/data/workloads" },
        { source: sets[domain], target: "/data/set", writable: true },
      ];
      const program = "/data/workloads/model-service/clothes/draw_clothes.py";
      const counts = ["--images", "600", "--test-images", "200"];
      const argv = ["python3", program, "/data/set", "--domain", domain, ...counts];
      await executeInRoot(readWholeMachine(), argv, seen, { timeoutSec: 300 });
    }
  });
  after(() => {
    homes.restore();
  });

  const options = (said: Partial<AdaptOptions> = {}): AdaptOptions => ({
    ...{ data: sets["street"] ?? "", source: sets["shop"] ?? "", out: path.join(homes.directory, "adapted") },
    ...{ images: "100", repetitions: "3", seed: "1", sourceEpochs: "6", headEpochs: "8", fineEpochs: "4" },
    ...{ batch: "32", threads: "2", json: true, ...said },
  });

  it("trains on one set, adapts to another, holds it against training anew, and writes what serves it", async () => {
    const text = await captured("stdout", () => adaptModel("small-cnn", options()));
    const report = JSON.parse(text) as AdaptReport;
    expect(report.sourceAccuracy).to.be.above(0.8);
    expect(report.distance).to.be.within(1, 2);
    expect(report.runs.map(({ seed }) => seed)).to.deep.equal([1, 2, 3]);
    expect(report.adaptation.transfer.mean).to.be.above(0.3);
    expect(report.adaptation.gain.interval).not.to.equal(null);
    expect(readdirSync(report.folder).sort()).to.deep.equal(["adaptation.json", "model.keras", "predict.py"]);
    expect(readdirSync(homes.directory).filter((name) => name.startsWith(".adapting-"))).to.deep.equal([]);
    expect((await rejectionOf(adaptModel("small-cnn", options()))).code).to.equal("out-exists");
  });

  it("says where weights that are not here are to come from, and refuses models of other frameworks", async () => {
    const out = path.join(homes.directory, "other");
    const missing = await rejectionOf(adaptModel("keras-nasnetlarge", options({ out, repetitions: "1" })));
    expect(missing.code).to.equal("weights-missing");
    expect(existsSync(out)).to.equal(false);
    expect((await rejectionOf(adaptModel("onnx-mnist-12", options({ out })))).code).to.equal("model-not-adapted");
    expect((await rejectionOf(adaptModel("small-cnn", options({ out, data: "/nowhere" })))).code).to.equal(
      "option-invalid",
    );
  });
});
