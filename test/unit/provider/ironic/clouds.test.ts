import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withCloud } from "../../../../provider/ironic/clouds.ts";
import { loginFrom } from "../../../../provider/ironic/keystone.ts";
import { errorOf } from "../../../support/expect-error.ts";

const clouds = `clouds:
  mine:
    region_name: north
    interface: internal
    auth:
      auth_url: https://mine.test:5000
      username: me
      password: in-the-open
      project_id: 0123
      user_domain_name: staff
  robot:
    auth: { auth_url: "https://robot.test/v3", application_credential_id: abc }
`;

describe("a login by clouds.yaml", () => {
  let home = "";
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "underlay-clouds-"));
    mkdirSync(join(home, ".config", "openstack"), { recursive: true });
    writeFileSync(join(home, ".config", "openstack", "clouds.yaml"), clouds);
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it("is that of the cloud that OS_CLOUD names, before what the variables say", () => {
    const login = loginFrom({ HOME: home, OS_CLOUD: "mine", OS_USERNAME: "other", OS_REGION_NAME: "south" }, "project");
    const user = { name: "me", domain: { name: "staff" }, password: "in-the-open" };
    expect(login).to.deep.equal({
      ...{ authUrl: "https://mine.test:5000", region: "south", interface: "internal" },
      auth: { identity: { methods: ["password"], password: { user } }, scope: { project: { id: "0123" } } },
    });
  });

  it("takes its secrets from secure.yaml, and its file from where it is told", () => {
    const [file, secure] = [join(home, "elsewhere.yaml"), join(home, "hidden.yaml")];
    writeFileSync(file, clouds);
    writeFileSync(secure, "clouds: { robot: { auth: { application_credential_secret: hidden } } }");
    const named = { OS_CLOUD: "robot", OS_CLIENT_CONFIG_FILE: file, OS_CLIENT_SECURE_FILE: secure };
    expect(loginFrom(named, "project").auth).to.deep.equal({
      identity: { methods: ["application_credential"], application_credential: { id: "abc", secret: "hidden" } },
    });
  });

  it("leaves variables alone where no cloud is named", () => {
    const variables = { HOME: home, OS_USERNAME: "me" };
    expect(withCloud(variables)).to.equal(variables);
  });

  it("is refused where no file has that cloud, and nothing of a file that is broken is said", () => {
    const unknown = errorOf(() => withCloud({ HOME: home, OS_CLOUD: "theirs" }));
    expect(unknown.code).to.equal("openstack-not-configured");
    expect(unknown.message).to.include("has mine, robot").and.include("openrc");
    for (const text of ["clouds: { mine: { auth: [in-the-open] } }", "clouds: [in-the-open", "in-the-open"]) {
      writeFileSync(join(home, "clouds.yaml"), text);
      const named = { OS_CLOUD: "mine", OS_CLIENT_CONFIG_FILE: join(home, "clouds.yaml") };
      const broken = errorOf(() => withCloud(named));
      expect(broken.code).to.equal("openstack-not-configured");
      expect(broken.message).to.include("clouds.yaml").and.not.include("in-the-open");
    }
  });
});
