import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { adviseNodes } from "../../../cli/nodes.ts";
import { optimiseFile } from "../../../cli/optimise.ts";
import { formatRecord } from "../../../measure/parse-record.ts";
import { trainedOn } from "../../fixtures/nodes.ts";
import { captured } from "../../support/captured.ts";
import { errorOf } from "../../support/expect-error.ts";
import { TemporaryHomes } from "../../support/machine-file.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/resnet50.json");

describe("underlay nodes", () => {
  let homes: TemporaryHomes;
  let folder: string;
  beforeEach(() => {
    homes = new TemporaryHomes();
    folder = homes.folder("records");
  });
  afterEach(() => homes.restore());

  const options = () => ({ most: "16", efficiency: "0", target: "local", out: path.join(folder, "nodes.json") });

  function write(...counts: number[]): void {
    mkdirSync(path.join(folder, "inner"), { recursive: true });
    for (const nodes of counts) {
      writeFileSync(path.join(folder, "inner", `${String(nodes)}.jsonl`), formatRecord(trainedOn(nodes)));
    }
  }

  it("prints the best number of what was measured, and stores what `optimise` holds a request against", async () => {
    write(1, 2, 4);
    let status = -1;
    const text = await captured("stdout", () => (status = adviseNodes([folder], options())));
    expect(status).to.equal(0);
    expect(text).to.include("best of what was measured: 4 nodes").and.include(`times: ${folder}/nodes.json`);
    const said = await captured("stdout", () =>
      optimiseFile(example, { out: folder, dryRun: true, nodes: path.join(folder, "nodes.json") }),
    );
    expect(said).to.match(/node_count is 1 \(1\.00 times as fast as one/);
    expect(said).to.include("4 nodes would be best");
  });

  it("exits with 1 where it would have to guess, and guesses when told to, also as JSON", async () => {
    write(1, 2);
    let status = -1;
    const text = await captured("stdout", () => (status = adviseNodes([folder], options())));
    expect(status).to.equal(1);
    expect(text).to.include("No number is predicted");
    const asJson = await captured(
      "stdout",
      () => (status = adviseNodes([folder], { ...options(), extrapolate: true, json: true })),
    );
    const { basis, considered } = JSON.parse(asJson) as { basis: string; considered: { extrapolates: boolean }[] };
    expect([status, basis, considered.length]).to.deep.equal([0, "network", 16]);
    expect(considered.filter(({ extrapolates }) => extrapolates)).to.have.lengthOf(15);
  });

  it("refuses what is no record, no file of times and no number", () => {
    writeFileSync(path.join(folder, "bad.jsonl"), "{}\n");
    expect(errorOf(() => adviseNodes([folder], options())).code).to.equal("records-invalid");
    expect(errorOf(() => adviseNodes(["/none"], options())).code).to.equal("records-not-found");
    expect(errorOf(() => adviseNodes([folder], { ...options(), efficiency: "2" })).code).to.equal("option-invalid");
    writeFileSync(path.join(folder, "nodes.json"), "{}");
    const nodes = path.join(folder, "nodes.json");
    expect(errorOf(() => optimiseFile(example, { out: folder, dryRun: true, nodes })).code).to.equal(
      "node-times-invalid",
    );
    expect(readFileSync(nodes, "utf8")).to.equal("{}");
  });
});
