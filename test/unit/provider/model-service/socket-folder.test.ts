import { expect } from "chai";
import { socketsOf } from "../../../../provider/model-service/socket-folder.ts";
import { errorOf } from "../../../support/expect-error.ts";

const owner = { runId: "rabcdefghi", name: "adder" };

describe("folders of services' sockets", () => {
  const before = process.env["TMPDIR"];

  afterEach(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  });

  it("lie where temporary files do, or in the system's own folder where that path is too long for a socket", () => {
    process.env["TMPDIR"] = "/var/tmp";
    expect(socketsOf(owner)).to.equal("/var/tmp/underlay-rabcdefghi-adder");
    process.env["TMPDIR"] = `/var/tmp/${"long/".repeat(15)}`;
    expect(socketsOf(owner)).to.equal("/tmp/underlay-rabcdefghi-adder");
    expect(errorOf(() => socketsOf({ ...owner, name: "a".repeat(80) })).code).to.equal("path-too-long");
  });
});
