import { expect } from "chai";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { enginePath } from "../../../tools/launchers.mjs";
import { projectFile } from "../../../tools/paths.mjs";

describe("enginePath", () => {
  it("adds the launchers of this checkout behind what set-up found, each of which is there", () => {
    const [cli, plugin, ...launchers] = enginePath(["/cache/pulumi/bin", "/cache/plugins/openstack"]);
    expect([cli, plugin]).to.deep.equal(["/cache/pulumi/bin", "/cache/plugins/openstack"]);
    expect(launchers).to.have.length(2);
    expect(existsSync(join(launchers[0] ?? "", "package.json"))).to.equal(true);
    expect(existsSync(join(launchers[1] ?? "", "pulumi-analyzer-policy"))).to.equal(true);
  });

  it("leaves out those of another checkout, which set-up once wrote", () => {
    const before = ["/cache/pulumi/bin", "/gone/node_modules/@pulumi/pulumi", "/gone/tools/pulumi/launchers"];
    expect(enginePath(before)).to.deep.equal(enginePath(["/cache/pulumi/bin"]));
    expect(enginePath([])).to.include(projectFile("tools", "pulumi", "launchers"));
  });
});
