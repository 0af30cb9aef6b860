import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { type AdviseOptions, adviseOn } from "../../../cli/advise.ts";
import type { MeasuredCell } from "../../../measure/advice.ts";
import { madeUpCell } from "../../fixtures/advice.ts";
import { captured } from "../../support/captured.ts";
import { errorOf } from "../../support/expect-error.ts";

const environments = {
  "bare-metal": { rate: 10 },
  vm: { rate: 9.5, slowdown: [1.05, 1.02, 1.08] },
  "container-on-vm": { rate: 5, slowdown: [2, 1.9, 2.1] },
} as const;

describe("underlay advise", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "underlay-advise-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string, content: unknown): string {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  }

  const cell = ({ results, scenario }: MeasuredCell) => ({ config: { "underlay:scenario": scenario }, results });
  const study = (): void => {
    write("study/lin-2018/single-resnet50/cell.json", cell(madeUpCell({ environments })));
    write("study/lin-2018/shared-resnet50/cell.json", cell(madeUpCell({ environments, scenario: "shared", hosts: 2 })));
  };

  async function ask(changes: Partial<AdviseOptions> = {}): Promise<{ readonly text: string; readonly code: number }> {
    let code = NaN;
    const plain = { workload: "training", slowdown: "1.10", metric: "throughput", price: [], from: folder };
    const text = await captured("stdout", () => (code = adviseOn({ ...plain, ...changes })));
    return { text, code };
  }

  it("answers from a study, with all candidates and their records as evidence", async () => {
    study();
    const { text, code } = await ask({ price: ["bare-metal=0.40", "vm=0.12", "container-on-vm=0.12"] });
    expect(code).to.equal(0);
    const [answer, table, notes, evidence] = text.split("\n\n");
    expect(answer).to.match(
      /^Run resnet50 on vm \(user-mode-linux\), shared: .* 1\.020 to 1\.080 where 1\.100 is accepted/,
    );
    expect(answer).to.include("a million images cost 1.75; the least of 4 that qualify.");
    expect(table!.split("\n")).to.have.lengthOf(1 + 6);
    expect(table).to.match(
      /^vm \(user-mode-linux\), shared +1\.050 +1\.020 to 1\.080 +0\.120 × 0\.5 +1\.75 +qualifies +synthetic, throughput +\[1\]$/m,
    );
    expect(table).to.match(/^container-on-vm .* does not qualify +synthetic, throughput +\[2\]$/m);
    expect(notes).to.include("Two trainings that share a host pay half of it each.");
    expect(evidence).to.include("[2] run run-single-resnet50-32: out/records/single-resnet50-32.jsonl");
  });

  for (const from of ["study/lin-2018", "study/lin-2018/single-resnet50/cell.json", "results.json", "."]) {
    it(`reads ${from}`, async () => {
      study();
      write("results.json", madeUpCell({ environments }).results);
      const { code, text } = await ask({ from: path.join(folder, from), scenario: "single" });
      expect(code).to.equal(0);
      expect(text).to.include("hours of a host").and.include("bare-metal, single");
    });
  }

  it("reads the results of the last start where there is no study, and tells the scenario by its hosts", async () => {
    write("results.json", madeUpCell({ environments, scenario: "distributed", hosts: 3 }).results);
    const { text } = await ask();
    expect(text)
      .to.match(/^bare-metal, distributed .* × 3 /m)
      .and.include("pays for all its hosts");
  });

  it("ends with 1 when nothing qualifies, and says how many were too slow", async () => {
    study();
    const { text, code } = await ask({ slowdown: "0.5" });
    expect(code).to.equal(1);
    expect(text).to.include("Nothing qualifies for resnet50 within a slowdown of 0.500: of 6 candidates 6 are slower");
  });

  it("ends with 1 when what qualifies has no price", async () => {
    study();
    const { text, code } = await ask({ price: ["hpc=1"] });
    expect(code).to.equal(1);
    expect(text).to.match(/^No answer for resnet50: what qualifies has no price/);
  });

  it("prints JSON with the answer, its notes and all candidates", async () => {
    study();
    const { text } = await ask({ json: true });
    const advice = JSON.parse(text) as { answer: string; chosen: { environment: string }; candidates: unknown[] };
    expect(advice.answer).to.match(/^Run resnet50 on bare-metal, shared/);
    expect(advice.chosen.environment).to.equal("bare-metal");
    expect(advice.candidates).to.have.lengthOf(6);
  });

  it("holds the time from launch to end against it as well when asked", async () => {
    const slow = { ...environments, vm: { rate: 9.5, elapsed: [1.5, 1.4, 1.6] as const } };
    write("results.json", madeUpCell({ environments: slow }).results);
    expect((await ask()).text).to.match(/^vm .* qualifies +synthetic, throughput/m);
    expect((await ask({ metric: "elapsed" })).text).to.match(/^vm .* does not qualify +synthetic, elapsed/m);
  });

  it("takes only results of records that were not changed, where they are at hand", async () => {
    const record = write("record.jsonl", "measured");
    const sha256 = createHash("sha256").update("measured").digest("hex");
    const { results } = madeUpCell({ environments });
    write("results.json", { ...results, record: { path: record, sha256 } });
    expect((await ask()).code).to.equal(0);
    writeFileSync(record, "changed");
    expect(
      errorOf(() => adviseOn({ workload: "training", slowdown: "1", metric: "throughput", price: [], from: folder })),
    ).to.have.property("code", "record-changed");
  });

  for (const [what, changes, code, hint] of [
    ["a price without its environment", { price: ["0.12"] }, "price-invalid", "ENVIRONMENT=AMOUNT"],
    ["a price of no number", { price: ["vm=cheap"] }, "price-invalid", '--price is "vm=cheap"'],
    ["a price of what is no environment", { price: ["moon=1"] }, "price-invalid", "container-on-bare-metal"],
    ["two prices of one", { price: ["vm=1", "vm=2"] }, "price-invalid", "once for each"],
    ["a slowdown of no number", { slowdown: "fast" }, "option-invalid", '--slowdown is "fast"'],
    ["a batch size of no number", { batchSize: "-1" }, "option-invalid", "--batch-size"],
    ["a folder that is not there", { from: "/nowhere" }, "results-not-found", "/nowhere"],
    ["a model that was not measured", { model: "vgg" }, "advice-empty", "resnet50, shared, batch 32"],
  ] as const) {
    it(`refuses ${what}, with what is allowed`, () => {
      study();
      const plain = { workload: "training", slowdown: "1.10", metric: "throughput", price: [], from: folder };
      const error = errorOf(() => adviseOn({ ...plain, ...changes }));
      expect(error.code).to.equal(code);
      expect(error.message).to.include(hint);
    });
  }

  for (const [what, content] of [
    ["no JSON", "{"],
    ["no results", { results: { schemaVersion: 1 } }],
  ] as const) {
    it(`refuses a file that is ${what}`, () => {
      const from = write("results.json", content);
      const error = errorOf(() =>
        adviseOn({ workload: "training", slowdown: "1", metric: "throughput", price: [], from }),
      );
      expect(error.code).to.equal("results-invalid");
      expect(error.message).to.include(from);
    });
  }

  it("refuses a folder without results", () => {
    const ask = () => adviseOn({ workload: "training", slowdown: "1", metric: "throughput", price: [], from: folder });
    expect(errorOf(ask)).to.have.property("code", "results-not-found");
  });
});
