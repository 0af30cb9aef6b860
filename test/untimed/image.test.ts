import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { imageCatalogue } from "../../catalogue/images/index.ts";
import { batchJobHandler } from "../../provider/batch-job.ts";
import { batchJobInputsSchema, slurmInputsSchema } from "../../provider/batch/inputs.ts";
import { execute } from "../../provider/execute.ts";
import { assemble } from "../../provider/image/assemble.ts";
import { builtImage } from "../../provider/image/container-image.ts";
import { imageDescriptionSchema } from "../../provider/image/description.ts";
import { programOnPath } from "../../provider/image/from-registry.ts";
import { cacheDirectory, readMachine } from "../../provider/machine.ts";
import { clearRun, makeRunId } from "../../provider/run.ts";
import { slurmHandler } from "../../provider/slurm.ts";
import { containerLines } from "../../workloads/optimised-training/container-entry.ts";
import { imageDescription } from "../../workloads/optimised-training/recipes.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { quietOperation } from "../support/operation.ts";
import { skip } from "../support/skip.ts";

const source = fileURLToPath(new URL("../fixtures/extension/gemm.c", import.meta.url));

/** An extension compiled in the image, with flags for a processor. */
const compiled = (march: string) =>
  imageDescriptionSchema.parse({
    id: "extension-source-cpu",
    base: { kind: "debian", suite: "bookworm", packages: ["gcc", "libc6-dev", "python3-dev"] },
    files: [{ source, target: "/usr/src/gemm.c" }],
    environment: { CFLAGS: `-O3 -march=${march}` },
    post: [
      "gcc $CFLAGS -shared -fPIC $(python3-config --includes) /usr/src/gemm.c -o /usr/lib/python3/dist-packages/gemm.so",
      'printf "%s\\n" "$CFLAGS" > /usr/src/flags',
    ],
    run: ["python3", "-c", "import gemm; print(gemm.vectors())"],
  });

/** Runs a script as a job would, in a folder of its own. */
async function inside(directory: string, command: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "underlay-image-test-"));
  const lines = containerLines({ directory, file: null, binds: [] }, false);
  const script = [`cd ${folder}`, ...lines, `"\${enter[@]}" ${command}`].join("\n");
  try {
    return await execute(["bash", "--norc", "-eu", "-c", script], { timeoutSec: 60 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("images that are built here", function () {
  this.timeout(600_000);
  const operation = quietOperation();

  before(function () {
    if (process.getuid?.() !== 0) skip(this, "an image of Debian's packages is unpacked by root alone");
  });

  it("are compiled from source for the processor that is named, and run as they were compiled", async () => {
    const image = await builtImage(compiled("x86-64-v3"), operation);
    const said = await inside(image.directory, `python3 -c "import gemm; print(gemm.vectors(), gemm.multiply(64))"`);
    const plain = await builtImage(compiled("x86-64"), operation);
    const least = await inside(plain.directory, `python3 -c "import gemm; print(gemm.vectors(), gemm.multiply(64))"`);
    expect(said).to.match(/^AVX2 /);
    expect(least).to.match(/^none beyond/);
    expect(said.split(" ").at(-1)).to.equal(least.split(" ").at(-1));
    expect(readFileSync(path.join(image.directory, "usr/src/flags"), "utf8")).to.equal("-O3 -march=x86-64-v3\n");
    expect(image.digest).to.not.equal(plain.digest);
  });

  it("are built once, and nothing half built stays", async () => {
    const first = await builtImage(compiled("x86-64"), operation);
    const from = performance.now();
    expect(await builtImage(compiled("x86-64"), operation)).to.deep.equal(first);
    expect(performance.now() - from).to.be.below(1000);
    const broken = { ...compiled("x86-64"), post: ["exit 3"] };
    expect((await rejectionOf(builtImage(broken, operation))).code).to.equal("command-failed");
    const left = readdirSync(path.join(cacheDirectory(), "images")).filter((name) => name.startsWith(".building-"));
    expect(left).to.deep.equal([]);
    expect(readFileSync(first.definitions.apptainer, "utf8")).to.match(/^Bootstrap: debootstrap\n/);
  });

  it("of the shared root link its files, have programs of their own, and leave the root as it is", async function () {
    const machine = readMachine();
    if (machine.root === null) skip(this, "there is no shared root");
    const entry = imageCatalogue().images.find(({ id }) => id === "tensorflow-2.21-wheel-cpu");
    if (entry === undefined) expect.fail("no such image");
    const image = await builtImage(imageDescription(entry), operation);
    const [linked, shared] = [image.directory, machine.root.directory].map((tree) =>
      statSync(path.join(tree, "usr/bin/python3.11")),
    );
    expect(linked?.ino).to.equal(shared?.ino);
    expect(existsSync(path.join(machine.root.directory, "opt/underlay"))).to.equal(false);
    const help = await inside(image.directory, "python3 /opt/underlay/optimised-training/run/train.py --help");
    expect(help).to.include("--model {mnist-cnn,resnet-50}");
  });

  describe("from a base that a builder has", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "underlay-image-test-"));
    const own = path.basename(folder).slice(-6).toLowerCase();
    const reference = `localhost/underlay-base-${own}`;
    const description = imageDescriptionSchema.parse({
      id: `small-${own}-hub-cpu`,
      base: { kind: "registry", reference },
      files: [{ source, target: "/usr/src/gemm.c" }],
      environment: { WORD: "it's built" },
      post: ['echo "$WORD by $0" > /usr/src/mark', "test -s /usr/src/gemm.c"],
    });
    const podman = (...argv: string[]) => execute(["podman", ...argv], { timeoutSec: 120 });

    before(async function () {
      if ((await programOnPath("podman")) === null) skip(this, "there is no podman to make a base with");
      // A shell and its libraries: no registry is needed.
      const linked = await execute(["ldd", "/bin/sh"], { timeoutSec: 10 });
      for (const file of ["/bin/sh", ...[...linked.matchAll(/(\/\S+) \(/g)].map(([, found = ""]) => found)]) {
        const to = path.join(folder, "base", file);
        mkdirSync(path.dirname(to), { recursive: true });
        copyFileSync(file, to);
      }
      await execute(["tar", "-C", path.join(folder, "base"), "-cf", path.join(folder, "base.tar"), "."], {
        timeoutSec: 10,
      });
      await podman("import", path.join(folder, "base.tar"), reference);
    });

    after(async () => {
      if (existsSync(path.join(folder, "base.tar"))) await podman("rmi", reference);
      rmSync(folder, { recursive: true, force: true });
    });

    for (const name of ["podman", "buildah"] as const) {
      it(`are built by ${name} from their Dockerfile, leave nothing with it, and have what a job mounts`, async function () {
        const machine = readMachine();
        const known = name === "podman" ? machine : { ...machine, containerEngine: null };
        if (name === "podman" && machine.containerEngine?.name !== "podman") skip(this, "podman starts no containers");
        if (name === "buildah" && (await programOnPath(name)) === null) skip(this, "there is no buildah");
        const place = path.join(folder, name);
        mkdirSync(place);
        const tree = path.join(place, "tree");
        const { signal } = operation;
        const built = await assemble(description, tree, {
          machine: known,
          folder: place,
          signal,
          status: () => undefined,
        });
        expect(built).to.equal(name);
        expect(readFileSync(path.join(tree, "usr/src/mark"), "utf8")).to.equal("it's built by /bin/sh\n");
        expect(readdirSync(place), "of the build itself").to.deep.equal(["tree"]);
        const label = `label=underlay.image=${description.id}`;
        expect(await podman("images", "--all", "--quiet", "--filter", label)).to.equal("");
        expect(await podman("ps", "--all", "--quiet", "--filter", "name=underlay-image-")).to.equal("");
        const command = `sh -c 'read -r line < /usr/src/mark; echo ran > /data/job/out; echo "$line"'`;
        expect(await inside(tree, command)).to.equal("it's built by /bin/sh");
      });
    }
  });

  it("are what a job of a real Slurm runs in: it sees the image's root, and writes to its own folder alone", async function () {
    if (readMachine().slurm === null) skip(this, "there is no Slurm: run `npx underlay setup --with slurm`");
    const image = await builtImage(compiled("x86-64"), operation);
    const runId = makeRunId();
    const directory = mkdtempSync(path.join(tmpdir(), "underlay-image-test-"));
    const slurm = slurmInputsSchema.parse({ name: "slurm", runId, cpus: 1, memoryMiB: 512 });
    const { outputs: state } = await slurmHandler.create(slurm, operation);
    try {
      const lines = containerLines({ directory: image.directory, file: null, binds: [] }, false);
      const command = 'sh -c "cat /usr/src/flags; touch /data/job/mark; touch /usr/mark || echo read only"';
      const script = ["#!/bin/bash", "#SBATCH --output=out", ...lines, `"\${enter[@]}" ${command}`, ""].join("\n");
      const { connection } = state;
      const job = { name: "job", runId, connection, system: "slurm", script, directory: path.join(directory, "own") };
      const { outputs } = await batchJobHandler.create(batchJobInputsSchema.parse(job), operation);
      expect(outputs["log"]).to.match(/^-O3 -march=x86-64\n.*Read-only file system\nread only$/s);
      expect(existsSync(path.join(directory, "own", "mark"))).to.equal(true);
    } finally {
      await slurmHandler.delete("", slurm, state, operation);
      await clearRun(runId);
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
