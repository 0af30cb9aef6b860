import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parseRecord } from "../../../measure/parse-record.ts";
import { digestOfFile, RecordFile } from "../../../provider/record-file.ts";
import { recordLines } from "../../fixtures/report/fixture.ts";

describe("a record file", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "underlay-test-"));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  it("makes its folder, and has an absolute path", () => {
    const record = new RecordFile(path.relative(process.cwd(), path.join(home, "out/records")), "a");
    expect(record.path).to.equal(path.join(home, "out/records/a.jsonl"));
  });

  it("has every line on disk as soon as it is appended", () => {
    const record = new RecordFile(home, "a");
    const lines = recordLines();
    for (const [index, line] of lines.entries()) {
      record.append(line);
      expect(readFileSync(record.path, "utf8").split("\n")).to.have.lengthOf(index + 2);
    }
    expect(parseRecord(readFileSync(record.path, "utf8"))).to.deep.equal(lines);
    expect(record.lines).to.deep.equal(lines);
  });

  it("is a file of its own when another of its name was begun in the same second", () => {
    const [first, second, third] = [1, 2, 3].map(() => new RecordFile(home, "a"));
    expect([first, second, third].map((record) => path.basename(record!.path))).to.deep.equal([
      ...["a.jsonl", "a-2.jsonl", "a-3.jsonl"],
    ]);
    recordLines().forEach((line) => {
      second!.append(line);
    });
    expect(readFileSync(first!.path, "utf8")).to.equal("");
  });

  it("is told by its SHA-256, in hexadecimal", () => {
    const file = path.join(home, "a.jsonl");
    writeFileSync(file, "line\n");
    expect(digestOfFile(file)).to.equal(createHash("sha256").update("line\n").digest("hex"));
    expect(digestOfFile(path.join(home, "none.jsonl"))).to.equal(null);
  });
});
