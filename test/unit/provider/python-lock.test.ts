import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { UnderlayError } from "../../../measure/error.ts";
import { acceleratorsNote, lockError, lockRequirements } from "../../../provider/python-lock.ts";
import { fullMachine, TemporaryHomes } from "../../support/machine-file.ts";

// As uv 0.13.9 printed them.
const said = {
  unknown: `error: No solution found when resolving dependencies
  cause: Because nobody-publishes-this was not found in the package registry and you require nobody-publishes-this, we can conclude that your requirements are unsatisfiable.`,
  contradiction: `error: No solution found when resolving dependencies
  cause: Because tensorflow-cpu==2.15.0 depends on keras>=2.15.0,<2.16 and you require tensorflow-cpu==2.15.0, we can conclude that you require keras>=2.15.0,<2.16.
         And because you require keras>=3.15, we can conclude that your requirements are unsatisfiable.`,
  unreachable: `  cause: Failed to fetch: http://127.0.0.1:9/simple/flask/
  cause: error sending request for url (http://127.0.0.1:9/simple/flask/)
  cause: client error (Connect)
  cause: tcp connect error
  cause: Connection refused (os error 111)`,
  noWheel: `error: No solution found when resolving dependencies
  cause: Because antlr4-python3-runtime==4.9.3 has no usable wheels and you require antlr4-python3-runtime==4.9.3, we can conclude that your requirements are unsatisfiable.

hint: Wheels are required for \`antlr4-python3-runtime\` because building from source is disabled for all packages (i.e., with \`--no-build\`)`,
};

describe("what uv says when it cannot resolve", () => {
  it("becomes an error of its own for what no index has", () => {
    const error = lockError(said.unknown);
    expect(error.code).to.equal("distribution-unknown");
    expect(error.message).to.include("No index has a distribution nobody-publishes-this.");
  });
  it("is kept, in its own words, for requirements that contradict each other", () => {
    const error = lockError(said.contradiction);
    expect(error.code).to.equal("requirements-contradict");
    expect(error.message).to.include(
      "No versions fit together: Because tensorflow-cpu==2.15.0 depends on keras>=2.15.0,<2.16 and you require",
    );
    expect(error.message).to.include("And because you require keras>=3.15, we can");
    // Of a long one only the end is there.
    const [, ...end] = said.contradiction.split("\n");
    expect(lockError(end.join("\n")).message).to.equal(error.message);
  });
  it("says when there is only a source to be built, which is not done", () => {
    const error = lockError(said.noWheel);
    expect(error.code).to.equal("wheels-missing");
    expect(error.message).to.include("antlr4-python3-runtime==4.9.3 has no usable wheels");
  });
  it("tells an index that is out of reach from the rest", () => {
    expect(lockError(said.unreachable).code).to.equal("index-unreachable");
    expect(lockError("something else").code).to.equal("resolution-failed");
    expect(lockError("x".repeat(5000)).message.length).to.be.below(900);
  });
});

describe("a lock", () => {
  let homes: TemporaryHomes;
  beforeEach(() => {
    homes = new TemporaryHomes();
  });
  afterEach(() => {
    homes.restore();
  });

  /** A program in the place of uv: keeps what it is given, prints a text, ends as it is told. */
  function standIn(prints: string, code: number): string {
    const file = path.join(homes.folder("bin"), "uv");
    writeFileSync(`${file}.out`, prints);
    writeFileSync(
      file,
      `#!/bin/sh\ncat > "$0.in"\necho "$@" > "$0.args"\nif [ ${String(code)} = 0 ]; then cat "$0.out"; else cat "$0.out" >&2; fi\nexit ${String(code)}\n`,
    );
    chmodSync(file, 0o755);
    return file;
  }

  it("is made of requirements on standard input, with hashes, for one Python, and without building anything", async () => {
    const hash = "--hash=sha256:00";
    const command = standIn(`flask==3.0.3 \\\n    ${hash}\npywin32==1 ; x \\\n    ${hash}\n`, 0);
    const { text, packages } = await lockRequirements(
      { ...fullMachine, uv: { command } },
      ["flask", "flask>=3; python_version > '3'"],
      { pythonVersion: "3.11" },
    );
    expect(readFileSync(`${command}.in`, "utf8")).to.equal("flask\nflask>=3; python_version > '3'\n");
    const args = readFileSync(`${command}.args`, "utf8");
    for (const option of ["--generate-hashes", "--no-emit-index-url", "--only-binary :all:", "--python-version 3.11"]) {
      expect(args).to.include(option);
    }
    expect(text.endsWith(`${hash}\n`)).to.equal(true);
    expect(packages).to.deep.equal([
      { name: "flask", version: "3.0.3" },
      { name: "pywin32", version: "1" },
    ]);
  });

  it("that cannot be made is a typed error", async () => {
    const command = standIn(said.contradiction, 1);
    const thrown: unknown = await lockRequirements({ ...fullMachine, uv: { command } }, ["flask"], {
      pythonVersion: "3.11",
    }).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(UnderlayError);
    expect((thrown as UnderlayError).code).to.equal("requirements-contradict");
  });

  it("has PyTorch's wheels for the processor alone where their index answers, and else says what comes along", async () => {
    const command = standIn("torch==2.9.1+cpu \\\n    --hash=sha256:00\n", 0);
    const machine = { ...fullMachine, uv: { command } };
    const alone = await lockRequirements(machine, ["torch"], { pythonVersion: "3.11", processorOnly: true });
    expect(readFileSync(`${command}.args`, "utf8")).to.include("--torch-backend cpu");
    expect(acceleratorsNote(alone.packages)).to.equal(null);
    // As uv 0.13.9 said it, on a machine that reaches the public index alone.
    const unreachable =
      "error: Request failed after 3 retries in 3.9s\n  cause: Failed to fetch: https://download.pytorch.org/whl/cpu/torch/\n  cause: dns error";
    writeFileSync(
      command,
      `#!/bin/sh\ncase "$*" in *torch-backend*) printf '${unreachable}' >&2; exit 2;; esac\n` +
        `printf 'torch==2.9.1 --hash=sha256:00\\nnvidia-cublas-cu12==12.8.4.1 --hash=sha256:00\\n'\n`,
    );
    const { packages } = await lockRequirements(machine, ["torch"], { pythonVersion: "3.11", processorOnly: true });
    expect(packages.map(({ name }) => name)).to.deep.equal(["torch", "nvidia-cublas-cu12"]);
    expect(acceleratorsNote(packages)).to.match(/^torch 2\.9\.1 brings 1 packages for NVIDIA's accelerators: download/);
  });

  it("needs uv", async () => {
    const thrown: unknown = await lockRequirements(fullMachine, ["flask"], { pythonVersion: "3.11" }).catch(
      (error: unknown) => error,
    );
    expect((thrown as UnderlayError).code).to.equal("uv-missing");
  });
});
