import { execa } from "execa";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { PortReport } from "../../cli/port-text.ts";
import { findLeftovers } from "../../provider/leftovers.ts";
import { readMachine } from "../../provider/machine.ts";
import { executeInRoot } from "../../provider/root-program.ts";
import { whyNoServices } from "../support/service-load.ts";
import { skip } from "../support/skip.ts";

const portingFixtures = fileURLToPath(new URL("../fixtures/porting", import.meta.url));
const fixture = fileURLToPath(new URL("../fixtures/service/source", import.meta.url));
const command = fileURLToPath(new URL("../../cli/underlay.mjs", import.meta.url));

/** What makes the model of the source: nothing but Python. */
const script = 'from pathlib import Path\n\nPath("offset.json").write_text("40")\n';
const loading = `
import json
from pathlib import Path

OFFSET = json.loads((Path(__file__).parent / "offset.json").read_text())
`;

interface Report {
  readonly image: { readonly digest: string; readonly name: string };
  readonly measured: { readonly latencyMs: { readonly p99: number | null; readonly n: number } };
  readonly answer: { readonly predictions: readonly { readonly sum: number }[]; readonly version: string };
}

describe("a model's source, containerised", function () {
  this.timeout(600_000);
  const machine = readMachine();
  let folder = "";

  before(function () {
    const reason = whyNoServices(machine);
    if (reason !== null) skip(this, reason);
    folder = mkdtempSync(join(tmpdir(), "underlay-source-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("comes from bare source to answers of a real container, is measured for a placement, and leaves nothing running", async () => {
    const source = join(folder, "offset-adder");
    cpSync(fixture, source, { recursive: true });
    const file = join(source, "predict.py");
    writeFileSync(
      file,
      readFileSync(file, "utf8")
        .replace("VERSION = 1", `${loading}VERSION = 1`)
        .replace("sum(values)", "sum(values) + OFFSET"),
    );
    writeFileSync(join(source, "train.py"), script);
    writeFileSync(join(source, "pyproject.toml"), '[tool.underlay]\nmake = "train.py"\nsample = "sample.json"\n');
    const env = { XDG_STATE_HOME: join(folder, "state") };
    const run = (...words: string[]) => execa("node", [command, ...words], { env, reject: false });

    const built = await run("containerise", source, "--json", "--memory", "512");
    expect(built.exitCode, built.stderr).to.equal(0);
    const { image, measured, answer } = JSON.parse(built.stdout) as Report;
    expect(answer.predictions[0]?.sum).to.equal(46);
    expect(image.digest).to.match(/^sha256:[0-9a-f]{64}$/);
    expect(measured.latencyMs.n).to.equal(300);
    expect(measured.latencyMs.p99).to.be.above(0);

    const placed = await run("place", "--model", "offset-adder", "--rate", "1/s", "--p95", "10s", "--speed", "all=1");
    // Whether times spread too far for a bound is the machine's affair; what they are is told in any case.
    expect(placed.exitCode, placed.stderr).to.be.oneOf([0, 1]);
    expect(placed.stdout).to.match(/^(?:Serve|Nothing is known to serve) 1\.00 requests\/s/);
    expect(placed.stdout).to.match(/^Measured: .*container, 1 CPUs and 512 MiB .* \(n = 300, 1 at a time\)/m);
    const left = (await findLeftovers(machine)).filter(({ owner }) => owner.includes("offset-adder"));
    expect(left).to.deep.equal([]);
  });

  it("is held against its port to ONNX: the images of both, their starts and their answers", async function () {
    if (machine.onnx === null) skip(this, "ONNX's converters are not here: run `npx underlay setup --with onnx`");
    const seen = [
      { source: portingFixtures, target: "/data/fixtures" },
      { source: folder, target: "/data/models", writable: true },
      { source: machine.onnx.directory, target: "/data/onnx" },
    ];
    const python = ["/usr/bin/env", "PYTHONPATH=/data/onnx", "/usr/bin/python3", "-B"];
    const making = [...python, "/data/fixtures/make_models.py", "/data/models", "scikit-learn"];
    await executeInRoot(machine, making, seen, { timeoutSec: 300 });
    const words = ["--trust", "--images", "--json", "--opset", "17", "--out", join(folder, "ported.onnx")];
    const brief = ["--blocks", "3", "--requests", "20", "--starts", "1"];
    const asked = ["models", "port", join(folder, "forest.joblib"), ...words, ...brief];
    const ported = await execa("node", [command, ...asked], { reject: false });
    expect(ported.exitCode, ported.stderr).to.equal(0);
    const { served } = JSON.parse(ported.stdout) as PortReport;
    if (served === null) expect.fail("nothing was served");
    const { images, times, peakMemoryMiB } = served;
    expect(images.ported.bytes).to.be.below(images.original.bytes);
    expect(images.ported.digest).not.to.equal(images.original.digest);
    expect(times?.latency.original.n).to.equal(60);
    expect(times?.latency.ported.n).to.equal(60);
    expect(times?.start.ported.mean).to.be.above(0);
    expect(peakMemoryMiB.ported).to.be.above(10);
    const left = (await findLeftovers(machine)).filter(({ owner }) => owner.startsWith("forest-"));
    expect(left).to.deep.equal([]);
  });
});
