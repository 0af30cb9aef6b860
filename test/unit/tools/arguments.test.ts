import { expect } from "chai";
import { parseOptions } from "../../../tools/arguments.mjs";

describe("parseOptions", () => {
  it("takes each option, off by default", () => {
    expect({ ...parseOptions([]) }).to.deep.equal({
      development: false,
      extras: [],
      force: false,
      json: false,
      help: false,
    });
    expect(parseOptions(["--development", "--json"])).to.include({ development: true, json: true, force: false });
    expect(parseOptions(["--with", "pytorch"]).extras).to.deep.equal(["pytorch"]);
    expect(parseOptions(["--plugins", "openstack"]).extras).to.deep.equal(["plugin-openstack"]);
    expect(parseOptions(["-h"])).to.include({ help: true });
  });

  it("refuses others by name", () => {
    expect(() => parseOptions(["--developmnet"])).to.throw(TypeError, "--developmnet");
    expect(() => parseOptions(["--with", "torch"])).to.throw(
      TypeError,
      '--with is "torch", but must be one of onnx, pytorch, serving, slurm, tuner.',
    );
    expect(() => parseOptions(["--plugins", "openstack,azure"])).to.throw(TypeError, '--plugins is "azure"');
  });
});
