import { expect } from "chai";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCell } from "../../../cli/cell-files.ts";
import { measuredBefore, placeCell, type PlacedCell, playCells } from "../../../cli/cells.ts";
import { load } from "../../../cli/results-file.ts";
import { resultsOf } from "../../../measure/comparison.ts";
import { recordLines } from "../../fixtures/report/fixture.ts";
import { rejectionOf } from "../../support/expect-error.ts";

describe("a cell that was measured before", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "underlay-cells-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const dataSet = "imagenet-0123456789abcdef";
  const cellIn = (out: string, more: Record<string, string> = {}): PlacedCell =>
    placeCell(join(folder, out), { id: "one", config: { model: "resnet50", ...more } }, []);

  /** Writes what the playing of a cell leaves. */
  function measure(out: string, more: Record<string, string> = {}): PlacedCell {
    const cell = cellIn(out, more);
    const path = join(cell.folder, "records", "run.jsonl");
    mkdirSync(join(cell.folder, "records"), { recursive: true });
    const lines = recordLines();
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    writeFileSync(path, text);
    const results = resultsOf(lines, { path, sha256: createHash("sha256").update(text).digest("hex") });
    for (const [name, content] of [
      ["cell.json", { config: cell.config, results }],
      ["results.json", results],
    ] as const) {
      writeFileSync(join(cell.folder, name), JSON.stringify(content));
    }
    return cell;
  }

  it("is not measured again, unless what is measured differs or its record was changed", () => {
    const cell = measure("out");
    expect(measuredBefore(cell)?.record.path).to.equal(join(cell.folder, "records/run.jsonl"));
    expect(measuredBefore(cellIn("out", { batchSize: "8" }))).to.equal(null);
    expect(measuredBefore(cellIn("elsewhere"))).to.equal(null);
    appendFileSync(join(cell.folder, "records/run.jsonl"), "\n");
    expect(measuredBefore(cell)).to.equal(null);
  });

  it("stays measured when its folder was moved, and its record is found there", () => {
    measure("out");
    renameSync(join(folder, "out"), join(folder, "moved"));
    const cell = cellIn("moved");
    const record = join(cell.folder, "records/run.jsonl");
    expect(measuredBefore(cell)?.record.path).to.equal(record);
    expect(readCell(join(cell.folder, "cell.json")).results.record.path).to.equal(record);
    expect(load(undefined, cell.folder).lines).to.have.length.above(1);
  });

  it("stays measured when the cache with its data set was moved, and only then", () => {
    measure("out", { imagenet: `/old/cache/${dataSet}` });
    expect(measuredBefore(cellIn("out", { imagenet: `/new/cache/${dataSet}` }))).to.not.equal(null);
    expect(measuredBefore(cellIn("out", { imagenet: "/new/cache/imagenet-fedcba9876543210" }))).to.equal(null);
    measure("own", { imagenet: "/old/photographs" });
    expect(measuredBefore(cellIn("own", { imagenet: "/new/photographs" }))).to.equal(null);
  });
});

describe("cells to be played", () => {
  it("are refused before the first one when one of them cannot be, with its name and why", async () => {
    const cell = (id: string, config: Record<string, string>): PlacedCell => placeCell("/nowhere", { id, config }, []);
    const cells = [
      cell("one", { scenario: "single" }),
      cell("two", { scenario: "distributed", framework: "pytorch", variableUpdate: "parameter-server" }),
    ];
    const { code, message } = await rejectionOf(playCells("study", cells));
    expect(code).to.equal("config-invalid");
    expect(message).to.match(/^The cell two cannot be played: underlay:framework is "pytorch", but must be tensorflow/);
  });
});
