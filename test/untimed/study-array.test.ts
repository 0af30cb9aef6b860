import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { PlacedCell } from "../../cli/cells.ts";
import { playCellsOnSlurm } from "../../cli/cells-on-slurm.ts";
import { connectionSchema } from "../../provider/connection.ts";
import { slurmInputsSchema } from "../../provider/batch/inputs.ts";
import { readMachine } from "../../provider/machine.ts";
import { digestOfFile } from "../../provider/record-file.ts";
import type { State } from "../../provider/resource-handler.ts";
import { clearRun, makeRunId } from "../../provider/run.ts";
import { slurmHandler } from "../../provider/slurm.ts";
import { madeUpCell } from "../fixtures/advice.ts";
import { captured } from "../support/captured.ts";
import { quietOperation } from "../support/operation.ts";
import { skip } from "../support/skip.ts";

describe("cells of a study on a real Slurm", function () {
  this.timeout(180_000);
  const operation = quietOperation();
  const runId = makeRunId();
  const inputs = slurmInputsSchema.parse({ name: "slurm", runId, cpus: 2, memoryMiB: 512 });
  let folder = "";
  let state: State = {};

  before(async function () {
    if (process.getuid?.() !== 0) skip(this, "a Slurm of one's own needs root");
    if (readMachine().slurm === null) skip(this, "there is no Slurm: run `npx underlay setup --with slurm`");
    folder = mkdtempSync(path.join(tmpdir(), "study-array-"));
    state = (await slurmHandler.create(inputs, operation)).outputs;
  });
  after(async () => {
    if (folder === "") return;
    await slurmHandler.delete("", inputs, state, operation);
    await clearRun(runId);
    rmSync(folder, { recursive: true, force: true });
  });

  /** A cell, and beside its place what a command that measures it would write there. */
  function cellOf(id: string): PlacedCell {
    const cell = { id, folder: path.join(folder, id), config: { "underlay:seed": id } };
    mkdirSync(cell.folder);
    const record = path.join(cell.folder, "record.jsonl");
    writeFileSync(record, `${id}\n`);
    const { results } = madeUpCell({ environments: { "bare-metal": { rate: 1 } } });
    const made = { ...results, record: { path: record, sha256: digestOfFile(record) } };
    writeFileSync(path.join(cell.folder, "prepared"), JSON.stringify({ config: cell.config, results: made }));
    return cell;
  }

  it("are tasks of one array; what fails is handed in again, and nothing else", async () => {
    const cells = ["one", "it's two", "three"].map(cellOf);
    const logs = path.join(folder, "slurm");
    const mark = path.join(folder, "mended");
    const array = {
      ...{ connection: connectionSchema.parse(state["connection"]), logs, parallel: 2, options: ["--mem=64"] },
      // `sh -e` stops at the first command that fails.
      commandOf: ({ id, folder: own }: PlacedCell) => [
        ...["sh", "-e", "-c", 'echo "$3 in $XDG_STATE_HOME"; [ -e "$4" ] || [ "$3" != three ]; cp "$1" "$2"'],
        ...["cell", path.join(own, "prepared"), path.join(own, "cell.json"), id, mark],
      ],
    };
    let played = { complete: true, interrupted: true };
    const first = await captured("stderr", async () => (played = await playCellsOnSlurm(cells, array)));
    expect(played).to.deep.equal({ complete: false, interrupted: false });
    expect(first).to.include("three: not measured").and.not.include("one: not measured");
    expect(cells.map((cell) => existsSync(path.join(cell.folder, "cell.json")))).to.deep.equal([true, true, false]);

    writeFileSync(mark, "");
    // As on a front-end node, whose commands learn from the caller's variables where Slurm is configured.
    const [hop] = array.connection.hops;
    const [variable = "", file = ""] = hop?.argv.at(-1)?.split("=") ?? [];
    expect(variable).to.equal("SLURM_CONF");
    const plain = { ...array, connection: { hops: [{ argv: hop?.argv.slice(0, -2) ?? [], shell: false }] } };
    const before = process.env[variable];
    process.env[variable] = file;
    const second = await captured("stderr", async () => (played = await playCellsOnSlurm(cells, plain))).finally(() => {
      if (before === undefined) delete process.env["SLURM_CONF"];
      else process.env[variable] = before;
    });
    expect(played).to.deep.equal({ complete: true, interrupted: false });
    expect(second).to.include("it's two: measured before").and.include("1 cells are handed to Slurm");

    // Of three tasks and one, by the number of the array and of the task in it.
    const written = readdirSync(logs).sort();
    expect(written.map((name) => name.split("-")[1])).to.deep.equal(["0.log", "1.log", "2.log", "0.log"]);
    const said = readFileSync(path.join(logs, written.at(-1) ?? ""), "utf8");
    const [, own = ""] = /three in (\S+)\/state/.exec(said) ?? [];
    expect(own, said).to.match(/^\/tmp\/cell-/);
    expect(existsSync(own), "what a task had of its own went with it").to.equal(false);
  });
});
