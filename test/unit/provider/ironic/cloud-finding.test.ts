import { expect } from "chai";
import { cloudFinding } from "../../../../provider/ironic/cloud-finding.ts";
import { IronicServer } from "../../../support/ironic-server.ts";

describe("what is said of a cloud", () => {
  const server = new IronicServer();
  before(() => server.open());
  after(() => server.close());

  it("is that no variable says which", async () => {
    const { status, detail, remedy } = await cloudFinding({});
    expect([status, detail]).to.deep.equal([
      "missing",
      "OS_AUTH_URL is not set, so nobody can be logged in at OpenStack.",
    ]);
    expect(remedy).to.include("openrc");
  });

  it("is that it does not let us in", async () => {
    const wrong = { ...server.variables, OS_PROJECT_NAME: "p", OS_PASSWORD: "simsim" };
    const { status, detail } = await cloudFinding(wrong);
    expect(status).to.equal("missing");
    expect(detail).to.include("401").and.not.include("simsim");
  });

  it("is what its catalogue lacks", async () => {
    const { status, detail } = await cloudFinding({ ...server.variables, OS_PROJECT_NAME: "p" });
    expect(status).to.equal("missing");
    expect(detail).to.include("compute (servers)").and.not.include("baremetal");
  });
});
