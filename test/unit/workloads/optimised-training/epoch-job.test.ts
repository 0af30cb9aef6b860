import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { imageCatalogue } from "../../../../catalogue/images/index.ts";
import type { ImageMeasurement } from "../../../../catalogue/images/schema.ts";
import { containerLines } from "../../../../workloads/optimised-training/container-entry.ts";
import { epochJob } from "../../../../workloads/optimised-training/epoch-job.ts";
import type { Candidate } from "../../../../workloads/optimised-training/mapper.ts";
import { readRequest } from "../../../../workloads/optimised-training/read-request.ts";
import { trialsOf } from "../../../../workloads/optimised-training/trials.ts";
import { optimisedOutcome } from "../../../fixtures/optimised.ts";
import { errorOf } from "../../../support/expect-error.ts";
import { findShellcheck } from "../../../support/shellcheck.ts";
import { skip } from "../../../support/skip.ts";
import { TemporaryHomes } from "../../../support/machine-file.ts";

const { images } = imageCatalogue();
const tensorflow = images.find(({ id }) => id === "tensorflow-2.21-wheel-cpu")!;
const file = new URL("../../../../examples/mnist.json", import.meta.url);
const request = readRequest(readFileSync(file, "utf8"), "mnist.json");
const [built] = optimisedOutcome([]).images;

const candidate = (compilers: Candidate["compilers"], image = tensorflow): Candidate => ({
  ...{ image, compilers, reasons: [], expected: null, relativeTime: 1 },
});
const measured = (compilers: ImageMeasurement["compilers"]): ImageMeasurement => ({
  ...{ image: tensorflow.id, compilers, workload: "mnist-cnn", target: "local", n: 3, at: "2026-11-22" },
  ...{ epochSec: { value: 1, low: 1, high: 1 }, record: "0".repeat(64) },
});

const list = (trials: ReturnType<typeof trialsOf>): string[] =>
  trials.map(({ name, image, compilers }) => `${name}: ${image.id} ${compilers.join("+")}`);

describe("what is trained for a choice", () => {
  const args = { images, measured: [], without: [] };

  it("is the plain image once, where that is the choice, and each compiler that nobody measured", () => {
    expect(list(trialsOf(candidate(["onednn"]), args))).to.deep.equal([
      "plain: tensorflow-2.21-wheel-cpu onednn",
      "with-xla: tensorflow-2.21-wheel-cpu xla+onednn",
    ]);
  });

  it("is nothing that was measured before beside the choice and the plain image", () => {
    const known = [measured(["onednn"]), measured(["onednn", "xla"])];
    expect(list(trialsOf(candidate(["onednn"]), { ...args, measured: known }))).to.deep.equal([
      "plain: tensorflow-2.21-wheel-cpu onednn",
    ]);
    expect(list(trialsOf(candidate(["xla", "onednn"]), { ...args, measured: known }))).to.deep.equal([
      "plain: tensorflow-2.21-wheel-cpu onednn",
      "chosen: tensorflow-2.21-wheel-cpu xla+onednn",
    ]);
  });

  it("is nothing that was forbidden, and holds an optimised build against the published image", () => {
    expect(list(trialsOf(candidate(["onednn"]), { ...args, without: ["xla"] }))).to.have.lengthOf(1);
    const source = images.find(({ id }) => id === "pytorch-1.4-source-cpu")!;
    expect(list(trialsOf(candidate([], source), args))[0]).to.match(/^plain: pytorch-1\.4-(?:hub|wheel)/);
  });
});

describe("the script of a job that trains by epochs", () => {
  const trial = { name: "with-xla", image: tensorflow, compilers: ["xla", "onednn"] as const };
  const script = (change: object = {}): string =>
    epochJob({ request, workload: "mnist-cnn", trial, image: built!, data: "/sets/my mnist", ...change });

  it("keeps the request's header and epochs, and runs the image's program on its data", () => {
    const text = script({ images: 6000 });
    expect(text).to.match(/^#!\/bin\/bash\n#SBATCH --job-name=mnist\n#SBATCH --time=1:00:00\n/);
    expect(text).to.include("\n#SBATCH --output=with-xla.out\n");
    expect(text).to.include('\n"${enter[@]}" python3 /opt/underlay/optimised-training/run/train.py'.slice(1));
    expect(text)
      .to.match(/'?--compiler'? xla/)
      .and.match(/'?--epochs'? 12/)
      .and.match(/'?--images'? 6000/);
    expect(text).to.include("--ro-bind '/sets/my mnist' /data/set ");
    expect(script({ epochs: 4 })).to.match(/'?--epochs'? 4/);
  });

  it("gives tuned settings to the program, by options and variables, but a batch only where none is asked for", () => {
    const settings = { arguments: ["--intra-threads", "1", "--batch", "512"], environment: { OMP_NUM_THREADS: "1" } };
    const text = script({ trial: { ...trial, settings }, batch: 64 });
    expect(text).to.match(/--intra-threads'? 1 .*--batch'? 512 .*--batch'? 64/);
    expect(text).to.match(/OMP_NUM_THREADS['"]?[ =]1/);
    expect(
      list(trialsOf({ ...candidate(["onednn"]), settings }, { images, measured: [], without: ["xla"] })),
    ).to.deep.equal(["plain: tensorflow-2.21-wheel-cpu onednn", "chosen: tensorflow-2.21-wheel-cpu onednn"]);
  });

  it("prepares as many batches ahead as the request's hint says", () => {
    const hinted = (prefetch: unknown): string => {
      const own = JSON.parse(readFileSync(file, "utf8")) as {
        job: { optimisation: { ai_training: { data: object } } };
      };
      Object.assign(own.job.optimisation.ai_training.data, { etl: { prefetch } });
      return script({ request: readRequest(JSON.stringify(own), "hinted.json") });
    };
    expect(script()).to.not.include("--prefetch");
    expect(hinted(true)).to.not.include("--prefetch");
    expect(hinted(false)).to.match(/--prefetch'? 0/);
    expect(hinted(100)).to.match(/--prefetch'? 100/);
    expect(hinted(1e6)).to.match(/--prefetch'? 1024/);
  });

  it("is bash, and passes shellcheck", function () {
    const bash = spawnSync("bash", ["--norc", "-n"], { input: script(), encoding: "utf8" });
    expect(bash.stderr).to.equal("");
    const shellcheck = findShellcheck();
    if (shellcheck === null) skip(this, "there is no shellcheck: run `npm test`, which gets it");
    const said = spawnSync(shellcheck, ["--shell=bash", "--exclude=SC2016", "-"], {
      input: script(),
      encoding: "utf8",
    });
    expect(said.stdout).to.equal("");
  });

  it("is refused for what no program trains", () => {
    const mxnet = { ...trial, image: images.find(({ framework }) => framework === "mxnet")! };
    expect(errorOf(() => script({ trial: mxnet })).code).to.equal("workload-unknown");
    expect(errorOf(() => script({ workload: "other" })).code).to.equal("workload-unknown");
  });
});

describe("the way into an image", () => {
  let homes: TemporaryHomes;
  beforeEach(() => (homes = new TemporaryHomes()));
  afterEach(() => {
    homes.restore();
  });

  /** Runs the lines with only these programs on PATH; each prints its own name and its words. */
  function entered(programs: readonly string[], directory: string, tail = "train"): { status: number; output: string } {
    const bin = homes.folder("bin");
    for (const name of programs) {
      writeFileSync(path.join(bin, name), `#!/bin/sh\necho ${name} "$@"\n`, { mode: 0o755 });
    }
    const container = { directory, file: null, binds: [{ source: "/a b", target: "/data/set" }] };
    const text = [...containerLines(container, false), `"\${enter[@]}" ${tail}`].join("\n");
    const { status, stdout, stderr } = spawnSync("/bin/bash", ["--norc", "-c", text], {
      env: { PATH: bin },
      cwd: homes.directory,
      encoding: "utf8",
    });
    return { status: status ?? -1, output: `${stdout}${stderr}`.trim() };
  }

  it("is Apptainer's where there is one, else bubblewrap's, else an error of its own", () => {
    const image = homes.folder("image");
    const both = entered(["apptainer", "bwrap"], image);
    expect(both.output).to.match(
      /^apptainer exec --no-home --bind \/a b:\/data\/set:ro --bind .*:\/data\/job --pwd \/data\/job .*\/image train$/,
    );
  });

  it("binds what the job sees read only, and its own folder to write to", () => {
    const image = homes.folder("image");
    const { output, status } = entered(["bwrap"], image);
    expect(status).to.equal(0);
    expect(output).to.match(/^bwrap --die-with-parent --ro-bind .*\/image \/ /);
    expect(output)
      .to.include("--ro-bind /a b /data/set ")
      .and.match(/--bind \S+ \/data\/job --chdir \/data\/job .* train$/);
  });

  it("ends with its own status where nothing can run an image, or the image is not there", () => {
    mkdirSync(path.join(homes.directory, "bin"), { recursive: true });
    expect(entered([], homes.folder("image"))).to.deep.include({ status: 69 });
    const gone = entered(["bwrap"], "/nowhere/image");
    expect(gone.status).to.equal(66);
    expect(gone.output).to.include("the image /nowhere/image is not there");
  });
});
