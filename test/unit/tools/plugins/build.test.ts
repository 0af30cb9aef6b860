import { expect } from "chai";
import { pluginKey, pluginVersion } from "../../../../tools/plugins/build.mjs";
import { wantedPlugins } from "../../../../tools/steps/plugins.mjs";

describe("a plugin that is built", () => {
  it("has the version of the npm package, and a key that changes with the Go that builds it", () => {
    expect(pluginVersion("openstack")).to.equal("3.15.2");
    expect(pluginKey("openstack", "go version go1.26.8")).to.match(/^[0-9a-f]{16}$/);
    expect(pluginKey("openstack", "go version go1.26.8")).to.not.equal(pluginKey("openstack", "go version go1.26.9"));
  });

  it("is one of those that there are", () => {
    expect(() => pluginVersion("aws")).to.throw(
      TypeError,
      'There is no plugin "aws" to build, only openstack, kubernetes.',
    );
  });

  it("is asked for among the extras", () => {
    expect(wantedPlugins(["pytorch", "plugin-openstack"])).to.deep.equal(["openstack"]);
    expect(wantedPlugins(["pytorch"])).to.deep.equal([]);
  });
});
