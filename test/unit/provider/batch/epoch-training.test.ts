import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { epochTrainingHandler } from "../../../../provider/batch/epoch-training.ts";
import { epochRecord } from "../../../fixtures/optimised.ts";
import { rejectionOf } from "../../../support/expect-error.ts";
import { freshRunId, TemporaryHomes } from "../../../support/machine-file.ts";
import { quietOperation } from "../../../support/operation.ts";

describe("the record that a job leaves behind", () => {
  const runId = freshRunId();
  let homes: TemporaryHomes;
  beforeEach(() => (homes = new TemporaryHomes()));
  afterEach(() => {
    homes.restore();
  });

  const inputs = (file: string) => ({
    ...{ name: "training-plain-1-record", runId, connection: { hops: [] }, jobId: "7", path: file },
    recordDirectory: path.join(homes.directory, "records"),
  });

  it("is fetched, checked, and kept byte for byte with its digest", async () => {
    const file = path.join(homes.directory, "record.json");
    const text = JSON.stringify(epochRecord([3, 2, 2]), null, 3);
    writeFileSync(file, text);
    const { outputs } = await epochTrainingHandler.create(inputs(file), quietOperation());
    const stored = outputs["stored"] as { path: string; sha256: string };
    expect(readFileSync(stored.path, "utf8")).to.equal(text);
    expect(stored.sha256).to.equal(createHash("sha256").update(text).digest("hex"));
    expect(outputs["training"]).to.deep.equal(epochRecord([3, 2, 2]));
  });

  it("is no record where it was not finished, is no JSON, or is not there", async () => {
    const file = path.join(homes.directory, "record.json");
    for (const [text, said] of [
      [JSON.stringify({ ...epochRecord([3, 2]), finished: false }), /the job 7 left no whole record.*finished/is],
      ["{", /the job 7 left no whole record/i],
    ] as const) {
      writeFileSync(file, text);
      const error = await rejectionOf(epochTrainingHandler.create(inputs(file), quietOperation()));
      expect(error.code).to.equal("record-invalid");
      expect(error.message).to.match(said);
    }
    const gone = path.join(homes.directory, "gone.json");
    const error = await rejectionOf(epochTrainingHandler.create(inputs(gone), quietOperation()));
    expect(error.code).to.equal("command-failed");
  });
});
