import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { findingsOf } from "../../../provider/model-service/source-findings.ts";
import { findingsText } from "../../../cli/findings-text.ts";
import type { UnderlayError } from "../../../measure/error.ts";
import { distribution, modelFindings } from "../../fixtures/model-findings.ts";
import { fullMachine, TemporaryHomes } from "../../support/machine-file.ts";
import { detectionProgram } from "../../../workloads/index.ts";

describe("reading a source", () => {
  let homes: TemporaryHomes;
  beforeEach(() => {
    homes = new TemporaryHomes();
  });
  afterEach(() => {
    homes.restore();
  });

  /** A machine whose bubblewrap keeps its arguments, prints a text and ends with a code. */
  function machinePrinting(text: string, code = 0) {
    const bubblewrap = path.join(homes.folder("bin"), "bwrap");
    writeFileSync(`${bubblewrap}.out`, text);
    writeFileSync(bubblewrap, `#!/bin/sh\necho "$@" > "$0.args"\ncat "$0.out"\nexit ${String(code)}\n`);
    chmodSync(bubblewrap, 0o755);
    return { ...fullMachine, bubblewrap };
  }
  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    ((await work.catch((error: unknown) => error)) as UnderlayError).code;

  it("shows the program nothing but the source, read only, without a network, isolated from the user's Python", async () => {
    const findings = modelFindings({ distributions: [distribution("numpy")] });
    const machine = machinePrinting(JSON.stringify(findings));
    const folder = homes.folder("a source");
    symlinkSync(folder, path.join(homes.directory, "link"));
    expect(await findingsOf(path.join(homes.directory, "link"), { machine, program: detectionProgram })).to.deep.equal(
      findings,
    );
    const args = readFileSync(`${machine.bubblewrap}.args`, "utf8");
    expect(args).to.include(`--ro-bind ${folder} /data/source`).and.to.include("--unshare-net");
    expect(args).to.include("/usr/bin/python3 -I -S /data/program /data/source\n");
    expect(args).not.to.match(/ --bind /);
  });

  it("takes a single file by its name", async () => {
    const machine = machinePrinting(JSON.stringify(modelFindings({})));
    const file = path.join(homes.folder("source"), "train.py");
    writeFileSync(file, "");
    await findingsOf(file, { machine, program: detectionProgram });
    expect(readFileSync(`${machine.bubblewrap}.args`, "utf8")).to.include(`--ro-bind ${file} /data/source/train.py`);
  });

  it("refuses what is not there, what is no source, and an answer in another form", async () => {
    const machine = machinePrinting('{"schemaVersion":2}');
    expect(await codeOf(findingsOf("/nowhere/at-all", { machine, program: detectionProgram }))).to.equal(
      "source-not-found",
    );
    expect(existsSync(`${machine.bubblewrap}.args`)).to.equal(false);
    expect(await codeOf(findingsOf("/dev/null", { machine, program: detectionProgram }))).to.equal("source-invalid");
    expect(await codeOf(findingsOf(homes.directory, { machine, program: detectionProgram }))).to.equal(
      "detection-failed",
    );
    expect(
      await codeOf(findingsOf(homes.directory, { machine: machinePrinting("", 1), program: detectionProgram })),
    ).to.equal("detection-failed");
  });
});

describe("findings for people", () => {
  it("name the first place of each, what is not there, and what could not be read", () => {
    const text = findingsText(
      modelFindings({
        distributions: [
          distribution("numpy"),
          distribution("flask", { certainty: "declared", need: "lazy", requirements: ["flask>=3", "flask<4"] }),
        ],
        artefacts: [
          {
            path: "m.onnx",
            format: "onnx",
            bytes: 5_000_000,
            framework: "onnxruntime",
            versions: { opset: "17" },
            executes: [],
          },
        ],
        signatures: [
          {
            ...{ framework: "onnxruntime", file: "m.onnx", line: 0, outputs: [] },
            inputs: [{ name: "image", type: "float32", shape: [null, 3] }],
          },
        ],
        loads: [{ path: "w.pth", there: false, file: "main.py", line: 9 }],
        problems: [{ code: "source-syntax", file: "b.py", line: 3, message: "It cannot be read." }],
        problemCount: 3,
      }),
    );
    expect(text).to.include("  numpy (known)  main.py:1  import numpy\n");
    expect(text).to.include("  flask>=3 and flask<4 (declared, in a function)  main.py:1");
    expect(text).to.include("  m.onnx: onnx, 4.8 MiB, opset 17\n");
    expect(text).to.include("  image float32 (any, 3)  m.onnx\n");
    expect(text).to.include("models that are not here:\n  w.pth  main.py:9\n");
    expect(text).to.include("  b.py:3: It cannot be read. [source-syntax]\n  and 2 more\n");
    expect(text).not.to.include("accelerator");
  });
});
