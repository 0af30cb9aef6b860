import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { dataSetPlace, generatorCommand, imagenetDataSet, parametersOf, readBytes } from "../../../cli/data-set.ts";
import { UnderlayError } from "../../../measure/error.ts";
import { errorOf } from "../../support/expect-error.ts";
import { fullMachine, TemporaryHomes } from "../../support/machine-file.ts";

const parameters = { bytes: 4_000_000, seed: 1, shards: 2 };

describe("the size of a data set", () => {
  for (const [text, bytes] of [
    ["512MB", 512_000_000],
    ["1.5GiB", 1_610_612_736],
    ["4000000", 4_000_000],
    ["64 kb", 64_000],
    ["1B", 1],
  ] as const) {
    it(`${text} is ${String(bytes)} bytes`, () => {
      expect(readBytes(text)).to.equal(bytes);
    });
  }
  for (const text of ["", "MB", "0", "0.1B", "-1MB", "5 apples", "1e3", "999999999999GB", "NaN"]) {
    it(`"${text}" is refused with what is allowed`, () => {
      const error = errorOf(() => readBytes(text));
      expect(error.code).to.equal("option-invalid");
      expect(error.message).to.include(`--bytes is "${text}", but must be a size above 0`).and.to.include("512MB");
    });
  }
});

describe("the options of a data set", () => {
  it("are read as numbers", () => {
    expect(parametersOf({ bytes: "1MB", seed: "3", shards: "16" })).to.deep.equal({
      bytes: 1_000_000,
      seed: 3,
      shards: 16,
    });
  });
  for (const [options, message] of [
    [{ bytes: "1MB", seed: "0", shards: "8" }, '--seed is "0", but must be a whole number from 1 to 2147483647.'],
    [{ bytes: "1MB", seed: "x", shards: "8" }, '--seed is "x", but must be a whole number from 1 to 2147483647.'],
    [
      { bytes: "1MB", seed: "1", shards: "100000" },
      '--shards is "100000", but must be a whole number from 1 to 99999.',
    ],
  ] as const) {
    it(`say what is wrong: ${message}`, () => {
      const error = errorOf(() => parametersOf(options));
      expect(error.code).to.equal("option-invalid");
      expect(error.message).to.equal(message);
    });
  }
});

describe("a data set in the cache", () => {
  let homes: TemporaryHomes;
  let bubblewrap: string;
  beforeEach(() => {
    homes = new TemporaryHomes();
    // Stands in for bubblewrap: writes down how often it was called, prints a list, and ends as a file says.
    const folder = homes.folder("bin");
    bubblewrap = path.join(folder, "bwrap");
    writeFileSync(path.join(folder, "code"), "0");
    const list = '{"shards":[{"images":3,"bytes":10}]}';
    writeFileSync(bubblewrap, `#!/bin/sh\necho "$@" >> "$0.calls"\necho '${list}'\nexit "$(cat "\${0%/*}/code")"\n`);
    chmodSync(bubblewrap, 0o755);
    homes.writeMachine({ ...fullMachine, bubblewrap });
  });
  afterEach(() => {
    homes.restore();
  });
  const calls = (): number => readFileSync(`${bubblewrap}.calls`, "utf8").trim().split("\n").length;

  it("has a place of its own for everything that decides its bytes", () => {
    const photographs = { directory: "/p", digest: "sha256:p", count: 1 };
    const root = { directory: "/cache/root", blockImage: "/cache/root.ext4", digest: "sha256:other" };
    const places = [
      dataSetPlace(fullMachine, parameters),
      dataSetPlace(fullMachine, { ...parameters, bytes: 1 }),
      dataSetPlace(fullMachine, { ...parameters, seed: 2 }),
      dataSetPlace(fullMachine, { ...parameters, shards: 1 }),
      dataSetPlace({ ...fullMachine, photographs }, parameters),
      dataSetPlace({ ...fullMachine, root }, parameters),
    ];
    expect(new Set(places)).to.have.lengthOf(places.length);
    expect(dataSetPlace({ ...fullMachine, at: "later" }, { ...parameters })).to.equal(places[0]);
    expect(places[0]).to.match(/\/cache\/underlay\/data-sets\/imagenet-[0-9a-f]{16}$/);
  });

  it("is generated in the shared root, where its folder alone can be written to", () => {
    const photographs = { directory: "/photos", digest: "sha256:p", count: 1 };
    const argv = generatorCommand({ ...fullMachine, photographs }, "/set", parameters);
    const after = (option: string): string[][] =>
      argv.flatMap((word, index) => (word === option ? [argv.slice(index + 1, index + 3)] : []));
    expect(after("--bind")).to.deep.equal([["/set", "/tmp/data-set"]]);
    expect(after("--ro-bind").map(([source]) => source)).to.include.members(["/cache/root", "/photos"]);
    const program = argv.slice(argv.indexOf("--") + 1);
    expect(program.join(" ")).to.equal(
      "python3 /tmp/generator/generate.py /tmp/data-set --bytes 4000000 --shards 2 --seed 1 --photographs /tmp/photographs",
    );
  });

  it("is made once and found from then on", async () => {
    const first = await imagenetDataSet(parameters);
    expect(first.found).to.equal(false);
    expect(readdirSync(first.directory)).to.deep.equal(["shards.json"]);
    expect(await imagenetDataSet(parameters)).to.deep.equal({ directory: first.directory, found: true });
    expect(calls()).to.equal(1);
  });

  it("that could not be finished is no data set; the next call goes on in the same folder", async () => {
    const code = path.join(path.dirname(bubblewrap), "code");
    writeFileSync(code, "3");
    const place = dataSetPlace(fullMachine, parameters);
    const thrown: unknown = await imagenetDataSet(parameters).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(UnderlayError);
    expect((thrown as UnderlayError).code).to.equal("data-set-unfinished");
    expect((thrown as UnderlayError).message)
      .to.include(`${place}.unfinished`)
      .and.to.include("ended with 3");
    expect(existsSync(place)).to.equal(false);
    writeFileSync(path.join(`${place}.unfinished`, "train-00000-of-00002"), "a shard");
    writeFileSync(code, "0");
    expect(await imagenetDataSet(parameters)).to.deep.equal({ directory: place, found: false });
    expect(readdirSync(place).sort()).to.deep.equal(["shards.json", "train-00000-of-00002"]);
    expect(existsSync(`${place}.unfinished`)).to.equal(false);
    expect(calls()).to.equal(2);
  });

  it("needs the shared root", () => {
    expect(errorOf(() => dataSetPlace({ ...fullMachine, root: null }, parameters)).code).to.equal("root-missing");
  });
});
