import path from "node:path";
import { expect } from "chai";
import { configOf, type StartOptions } from "../../../cli/start.ts";
import { pathKeys, readConfig } from "../../../stacks/config.ts";
import { errorOf } from "../../support/expect-error.ts";

const plain: StartOptions = { config: [], out: "out", keep: false };
const records = path.resolve("out/records");

describe("the configuration of a start", () => {
  it("is the place of the records alone when nothing is asked for", () => {
    expect(configOf(plain)).to.deep.equal({ "underlay:recordDirectory": records });
  });

  it("has the options, its folder as an absolute path", () => {
    const config = configOf({ ...plain, data: "photos", profile: "paper", model: "alexnet", out: "/elsewhere" });
    expect(config).to.deep.equal({
      "underlay:data": path.resolve("photos"),
      "underlay:profile": "paper",
      "underlay:model": "alexnet",
      "underlay:recordDirectory": "/elsewhere/records",
    });
  });

  it("has any key by --config, which comes last", () => {
    const config = ["rounds=5", "model=alexnet", "recordDirectory=mine", "data=photos", "note=a=b"];
    expect(configOf({ ...plain, model: "resnet50", config })).to.deep.equal({
      "underlay:rounds": "5",
      "underlay:model": "alexnet",
      "underlay:recordDirectory": path.resolve("mine"),
      "underlay:data": path.resolve("photos"),
      "underlay:note": "a=b",
    });
  });

  it("has every file and folder from where the command was called", () => {
    const keys = [
      ...["data", "identityFile", "imagenet", "knownHosts", "kubeconfig", "measurements", "operator", "publicKey"],
      ...["recordDirectory", "request", "trace", "weights"],
    ];
    expect([...pathKeys].sort()).to.deep.equal(keys);
    for (const key of keys) {
      expect(configOf({ ...plain, config: [`${key}=mine`] })).to.include({ [`underlay:${key}`]: path.resolve("mine") });
    }
  });

  it("is one that the stack reads", () => {
    const config = ["rounds=5", "seed=0"];
    expect(readConfig(configOf({ ...plain, data: "test", config }))).to.include({
      rounds: 5,
      seed: 0,
      data: path.resolve("test"),
      recordDirectory: records,
    });
  });

  for (const pair of ["rounds", "=5", ""]) {
    it(`refuses --config "${pair}", and says how to write it`, () => {
      const error = errorOf(() => configOf({ ...plain, config: [pair] }));
      expect(error.code).to.equal("config-invalid");
      expect(error.message).to.include(`--config is "${pair}"`).and.include("KEY=VALUE");
    });
  }

  it("leaves an empty folder for the stack to refuse", () => {
    const error = errorOf(() => readConfig(configOf({ ...plain, config: ["data="] })));
    expect(error.message).to.include('underlay:data is "", but must be a folder');
  });
});
