import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { sharedName } from "../../../provider/leftovers.ts";
import { runDirectory } from "../../../provider/run-directory.ts";
import { controlSocket, makeSocketFolder, removeSockets, socketsOf } from "../../../provider/sockets.ts";
import { errorOf } from "../../support/expect-error.ts";
import { freshRunId, TemporaryHomes } from "../../support/machine-file.ts";

describe("sockets of services and functions", () => {
  const owner = { runId: freshRunId(), name: "adder" };
  let homes: TemporaryHomes;
  const before = process.env["TMPDIR"];

  beforeEach(() => {
    homes = new TemporaryHomes();
    process.env["XDG_STATE_HOME"] = "/s";
  });
  afterEach(() => {
    homes.restore();
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  });

  const setLongState = (): void => {
    process.env["XDG_STATE_HOME"] = path.join(homes.directory, "long/".repeat(15));
  };

  it("lie in the folder of their run, or in the system's own for temporary files where that path is too long", () => {
    expect(path.dirname(socketsOf(owner))).to.equal(path.join(runDirectory(owner.runId), "sockets"));
    setLongState();
    expect(socketsOf(owner)).to.equal(`/tmp/${sharedName(owner.runId, "adder")}`);
    expect(errorOf(() => socketsOf({ ...owner, name: "a".repeat(80) })).code).to.equal("path-too-long");
  });

  it("lie in the same place, wherever temporary files are set to lie", () => {
    const lie = (): string[] =>
      ["/s", path.join(homes.directory, "long/".repeat(15))].map((state) => {
        process.env["XDG_STATE_HOME"] = state;
        return socketsOf(owner);
      });
    const first = lie();
    process.env["TMPDIR"] = homes.folder("elsewhere");
    expect(lie()).to.deep.equal(first);
  });

  it("have paths that the kernel takes, whatever is called how", () => {
    for (const name of ["a", "a".repeat(70), "ä".repeat(60)]) {
      const sockets = socketsOf({ ...owner, name });
      expect(Buffer.byteLength(path.join(sockets, "s12345678", "http"))).to.be.at.most(107);
    }
  });

  it("are let nobody else at, but by the folder that a container has; all are removed", () => {
    setLongState();
    const control = controlSocket(owner);
    const folder = makeSocketFolder(owner, "s123456");
    const mode = (of: string): number => statSync(of).mode & 0o777;
    expect([mode(path.dirname(control)), mode(folder)]).to.deep.equal([0o700, 0o777]);
    expect(path.dirname(folder)).to.equal(path.dirname(control));
    removeSockets(owner, "s123456");
    expect([path.dirname(control), folder].map(existsSync)).to.deep.equal([true, false]);
    removeSockets(owner);
    expect(existsSync(path.dirname(control))).to.equal(false);
  });
});
