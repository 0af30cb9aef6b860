import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { versionsIn } from "../../../cli/watch.ts";

describe("the versions of a model repository", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "underlay-versions-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("come from the newest version of a repository that is written to its end", () => {
    for (const name of ["v1", "v2", ".hidden", "v3.tmp", "empty"]) mkdirSync(path.join(folder, name));
    for (const name of ["v1", "v2", "v3.tmp"]) writeFileSync(path.join(folder, name, "predict.py"), name);
    expect(versionsIn(folder).map(({ name }) => name)).to.have.members(["v1", "v2"]);
    const before = versionsIn(folder).find(({ name }) => name === "v1")?.print;
    writeFileSync(path.join(folder, "v1", "predict.py"), "longer");
    // The kernel's clock of files ticks in milliseconds: two writes may bear one time.
    utimesSync(path.join(folder, "v1", "predict.py"), new Date(), new Date(Date.now() + 1000));
    const after = versionsIn(folder);
    expect(after.at(-1)?.name).to.equal("v1");
    expect(after.at(-1)?.print).not.to.equal(before);
  });
});
