import { expect } from "chai";
import { readFileSync } from "node:fs";
import { packageFolder, projectFile } from "../../../../tools/paths.mjs";
import { askedFor, differences } from "../../../../tools/plugins/openstack.mjs";

const shape = (inputs: string[], required: string[] = [], outputs: string[] = []) => ({
  inputs,
  required,
  all: [...inputs, ...outputs].sort(),
});

describe("what @pulumi/openstack asks of its plugin", () => {
  const asked = askedFor(packageFolder("@pulumi/openstack") ?? "");

  it("is 105 resources and 53 functions, the same as the plugin is built with", () => {
    const tokens = readFileSync(projectFile("tools", "plugins", "openstack", "tokens.txt"), "utf8")
      .trim()
      .split("\n");
    expect([...asked.keys()].sort()).to.deep.equal([...tokens].sort());
    expect(tokens).to.have.lengthOf(158);
  });

  it("is read with what may be set, what must be, and what comes back", () => {
    expect(asked.get("openstack:networking/subnet:Subnet")).to.deep.include({ required: ["networkId"] });
    const cluster = asked.get("openstack:containerinfra/cluster:Cluster");
    expect(cluster?.inputs).to.include("nodeCount").and.not.include("kubeconfig");
    expect(cluster?.all).to.include("kubeconfig");
    const instance = asked.get("openstack:compute/getInstanceV2:getInstanceV2");
    expect(instance?.required).to.deep.equal(["id"]);
    expect(instance?.all).to.include.members(["id", "accessIpV4"]);
  });
});

describe("differences of a plugin", () => {
  const asked = new Map([["openstack:a/b:B", shape(["x", "y"], ["x"], ["z"])]]);

  it("are none when it is the same, or more lenient", () => {
    expect(differences(asked, asked)).to.deep.equal([]);
    expect(differences(asked, new Map([["openstack:a/b:B", shape(["x", "y"], [], ["z"])]]))).to.deep.equal([]);
  });

  const others: readonly (readonly [string, Map<string, ReturnType<typeof shape>>, string[]])[] = [
    ["a token less", new Map(), ["openstack:a/b:B is only in the npm package"]],
    ["a token more", new Map([...asked, ["openstack:c/d:D", shape([])]]), ["openstack:c/d:D is only in the plugin"]],
    [
      "an input of another name",
      new Map([["openstack:a/b:B", shape(["x", "yy"], ["x"], ["z"])]]),
      [
        "openstack:a/b:B has one input more, yy",
        "openstack:a/b:B has one property more, yy",
        "openstack:a/b:B lacks the input y",
        "openstack:a/b:B lacks the property y",
      ],
    ],
    [
      "an input that it demands",
      new Map([["openstack:a/b:B", shape(["x", "y"], ["x", "y"], ["z"])]]),
      ["openstack:a/b:B demands y"],
    ],
    [
      "an output that it does not give",
      new Map([["openstack:a/b:B", shape(["x", "y"], ["x"])]]),
      ["openstack:a/b:B lacks the property z"],
    ],
  ];
  for (const [what, given, lines] of others) {
    it(`name ${what}`, () => expect(differences(asked, given)).to.deep.equal(lines));
  }
});
