import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { madeSource } from "../../../../provider/model-service/make-model.ts";
import { fullMachine } from "../../../support/machine-file.ts";

/** An engine that writes a model where a script would, and counts how often it was asked to. */
const engine = `#!/bin/sh
case "$*" in *" run "*|"run "*) ;; *) exit 0;; esac
for word in "$@"; do case "$word" in *:/srv/source:rw) echo made >>"\${word%%:*}/model.bin";; esac; done
echo run >>"$0.runs"
`;

describe("a model that a source's script makes", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "underlay-make-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is made once for a source, whatever the source is called, and beside a copy of it", async () => {
    const command = path.join(folder, "engine");
    writeFileSync(command, engine);
    chmodSync(command, 0o755);
    let count = 0;
    const means = {
      machine: {
        ...fullMachine,
        containerEngine: { ...fullMachine.containerEngine!, command, globalArguments: [], runArguments: [] },
      },
      signal: new AbortController().signal,
      status: () => undefined,
      inFolder: async <T>(work: (building: string) => Promise<T>): Promise<T> => {
        const building = path.join(folder, `building-${String((count += 1))}`);
        mkdirSync(building);
        return work(building);
      },
    };
    const made = async (name: string): Promise<string> => {
      const source = path.join(folder, name);
      mkdirSync(source);
      writeFileSync(path.join(source, "train.py"), "print('trained')\n");
      const image = () => Promise.resolve("localhost/make:1");
      const cache = path.join(folder, "cache");
      return madeSource({ source, script: "train.py", image, lock: "sha256:1", cache }, means);
    };
    for (const name of ["v1", "v2"]) {
      const copy = await made(name);
      expect(readFileSync(path.join(copy, "model.bin"), "utf8")).to.equal("made\n");
      expect(existsSync(path.join(copy, "train.py"))).to.equal(true);
      expect(existsSync(path.join(folder, name, "model.bin"))).to.equal(false);
    }
    expect(readFileSync(`${command}.runs`, "utf8")).to.equal("run\n");
  });
});
