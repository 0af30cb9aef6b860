import { expect } from "chai";
import { filesExist, isSufficient } from "../../../tools/machine-file.mjs";

type Machine = Parameters<typeof isSufficient>[0];

const ok = (id: string) => ({ id, title: id, status: "ok" as const, detail: "", remedy: null });
const least: Machine = {
  schemaVersion: 1,
  at: "2026-01-01T00:00:00.000Z",
  fingerprint: "0",
  development: false,
  extras: [],
  retry: [],
  findings: [ok("node"), ok("npm-packages")],
  pulumi: { command: process.execPath, version: "3.220.0", path: [] },
  root: { directory: "/", blockImage: process.execPath, digest: "sha256:0" },
  containerEngine: null,
  guestKernel: null,
  bubblewrap: process.execPath,
  photographs: null,
  pytorch: null,
  serving: null,
  python: null,
  chromium: null,
};

describe("isSufficient", () => {
  it("asks for Node, npm packages, Pulumi, the root and a way into it, and no more", () => {
    expect(isSufficient(least)).to.equal(true);
    expect(isSufficient({ ...least, pulumi: null })).to.equal(false);
    expect(isSufficient({ ...least, root: null })).to.equal(false);
    expect(isSufficient({ ...least, bubblewrap: null })).to.equal(false);
    expect(isSufficient({ ...least, findings: [ok("node")] })).to.equal(false);
    expect(isSufficient({ ...least, findings: [ok("node"), { ...ok("npm-packages"), status: "missing" }] })).to.equal(
      false,
    );
  });
});

describe("filesExist", () => {
  it("notices a file that has gone", () => {
    expect(filesExist(least)).to.equal(true);
    expect(filesExist({ ...least, pytorch: { directory: "/nowhere/at-all", version: "2.15.0" } })).to.equal(false);
    expect(filesExist({ ...least, photographs: { directory: "/nowhere/at-all", digest: "", count: 1 } })).to.equal(
      false,
    );
  });
});
