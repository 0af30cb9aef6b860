import { expect } from "chai";
import { socketsOf } from "../../../../provider/model-service/socket-folder.ts";
import { errorOf } from "../../../support/expect-error.ts";

const owner = { runId: "rabcdefghi", name: "adder" };

describe("folders of services' sockets", () => {
  it("lie where temporary files do, or in the system's own folder where that path is too long for a socket", () => {
    const long = `/var/tmp/${"long/".repeat(15)}`;
    expect(socketsOf(owner, ["/var/tmp", "/tmp"])).to.equal("/var/tmp/underlay-rabcdefghi-adder");
    expect(socketsOf(owner, [long, "/tmp"])).to.equal("/tmp/underlay-rabcdefghi-adder");
    expect(errorOf(() => socketsOf({ ...owner, name: "a".repeat(80) })).code).to.equal("path-too-long");
  });
});
