import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { configKeys, readConfig } from "../../../stacks/config.ts";
import { errorOf } from "../../support/expect-error.ts";

const memory = String(Math.floor(totalmem() / 1024 / 1024));

describe("readConfig", () => {
  it("has a default for everything that needs one", () => {
    expect(readConfig({})).to.deep.equal({
      environment: "comparison",
      target: "local",
      framework: "tensorflow",
      model: "resnet50",
      profile: "quick",
      scenario: "single",
      variableUpdate: "parameter-server",
      workers: 2,
      rateMbitPerSec: 1000,
      latencyMs: 0,
      overlay: "vxlan",
      gpus: 0,
      seed: 1,
      pageCache: "warm",
      photographs: true,
      recordDirectory: "out/records",
      ...{
        user: "debian",
        port: 22,
        prepareHosts: false,
        readyTimeoutSec: 1800,
        cloudInit: true,
        containers: "podman",
      },
    });
  });

  it("reads text as numbers, flags and absolute folders", () => {
    const config = { batchSize: "8", warmUpSteps: "0", photographs: "false", data: "test", memoryMiB: "512" };
    const given = Object.fromEntries(Object.entries(config).map(([key, value]) => [`underlay:${key}`, value]));
    expect(readConfig(given)).to.include({
      batchSize: 8,
      warmUpSteps: 0,
      photographs: false,
      data: path.resolve("test"),
      memoryMiB: 512,
    });
  });

  it("reads a folder of shards, and both states of the page cache", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "underlay-shards-"));
    try {
      writeFileSync(path.join(folder, "train-00000-of-00001"), "");
      expect(readConfig({ "underlay:imagenet": folder, "underlay:pageCache": "both" })).to.include({
        imagenet: folder,
        pageCache: "both",
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const onCluster = {
    "underlay:target": "kubernetes",
    "underlay:environment": "container-on-vm",
    "underlay:kubeconfig": "package.json",
    "underlay:image": "registry.example/root:1",
  };

  it("knows no limits of machines that are elsewhere", () => {
    const given = { ...onCluster, "underlay:cpus": "9999", "underlay:memoryMiB": "99999999" };
    expect(readConfig(given)).to.include({
      target: "kubernetes",
      cpus: 9999,
      memoryMiB: 99_999_999,
      kubeconfig: path.resolve("package.json"),
    });
  });

  for (const [what, change, said] of [
    ["all environments at once", { environment: "comparison" }, "must be container-on-bare-metal or container-on-vm"],
    ["a virtual machine", { environment: "vm" }, "must be container-on-bare-metal or container-on-vm"],
    ["folders of this machine", { data: "test" }, "must be local where data or imagenet is set"],
  ] as const) {
    it(`refuses ${what} on a cluster`, () => {
      const own = Object.fromEntries(Object.entries(change).map(([key, value]) => [`underlay:${key}`, value]));
      expect(errorOf(() => readConfig({ ...onCluster, ...own })).message).to.include(said);
    });
  }

  for (const key of ["kubeconfig", "image"]) {
    it(`needs ${key} on a cluster`, () => {
      const { [`underlay:${key}`]: _left, ...rest } = onCluster as Record<string, string>;
      expect(errorOf(() => readConfig(rest)).message).to.include(`underlay:${key} is "", but must be the`);
    });
  }

  const onHosts = {
    "underlay:target": "ssh",
    "underlay:environment": "container-on-bare-metal",
    "underlay:bareMetalHosts": "node-1, 192.0.2.7",
    "underlay:image": "registry.example/root:1",
    "underlay:cpus": "64",
  };
  const onCloud = {
    "underlay:target": "openstack",
    "underlay:environment": "vm",
    "underlay:vmFlavor": "gpu.large",
    "underlay:serverImage": "0f0c6a3e",
    "underlay:publicKey": "package.json",
    "underlay:externalNetwork": "outside",
    "underlay:admits": "203.0.113.0/24",
    "underlay:cpus": "16",
  };
  const changed = (base: Readonly<Record<string, string>>, changes: Readonly<Record<string, string | null>>) =>
    Object.fromEntries(
      Object.entries({ ...base, ...prefixed(changes) }).flatMap(([key, value]) =>
        value === null ? [] : [[key, value]],
      ),
    );
  const prefixed = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`underlay:${key}`, value]));

  it("reads hosts that exist, and servers of OpenStack", () => {
    expect(readConfig(onHosts)).to.deep.include({
      ...{ target: "ssh", bareMetalHosts: ["node-1", "192.0.2.7"], cpus: 64, user: "debian", port: 22 },
      ...{ prepareHosts: false, readyTimeoutSec: 1800 },
    });
    const given = { ...onCloud, "underlay:clusterLabels": "kube_tag=v1.34.2,a=b", "underlay:prepareHosts": "true" };
    expect(readConfig(given)).to.deep.include({
      ...{ containers: "podman", cloudInit: true, prepareHosts: true, clusterLabels: ["kube_tag=v1.34.2", "a=b"] },
      publicKey: path.resolve("package.json"),
    });
  });

  for (const [what, base, changes, said] of [
    ["an option for a host", onHosts, { bareMetalHosts: "-oProxyCommand=id" }, "must be addresses or host names"],
    [
      "no hosts",
      onHosts,
      { bareMetalHosts: null },
      'underlay:bareMetalHosts is "", but must be the addresses of its hosts',
    ],
    ["no hosts at all", onHosts, { bareMetalHosts: null, environment: "comparison" }, "unless vmHosts is set"],
    ["hosts of another kind", onHosts, { environment: "vm" }, 'underlay:vmHosts is "", but must be the addresses'],
    ["no CPUs", onHosts, { cpus: null }, 'underlay:cpus is "", but must be the CPUs that programs use on each host'],
    [
      "containers without an image",
      onHosts,
      { image: null },
      'underlay:image is "", but must be the image of the shared',
    ],
    ["an overlay between hosts", onHosts, { scenario: "distributed" }, "must be host for containers of podman"],
    ["an unknown key file", onHosts, { identityFile: "/no/such" }, "must be the file of a private key"],
    ["a jump that is an option", onHosts, { jump: "-oProxyCommand=id" }, "must be as ssh's ProxyJump"],
    ["folders of this machine on hosts", onHosts, { data: "test" }, "must be local where data or imagenet is set"],
    [
      "PyTorch without a lock",
      onHosts,
      { framework: "pytorch", prepareHosts: "true" },
      "must be tensorflow where prepareHosts",
    ],
    ["no flavor", onCloud, { vmFlavor: null }, 'underlay:vmFlavor is "", but must be the id of its flavor'],
    ["no image of servers", onCloud, { serverImage: null }, "must be the id of the servers' image"],
    ["no key that may log in", onCloud, { publicKey: null }, "must be the file of the public key"],
    ["no network", onCloud, { externalNetwork: null }, "must be the id of a network where target is openstack"],
    ["nobody that may log in", onCloud, { admits: null }, "must be the range of addresses that may log in"],
    ["half a network", onCloud, { network: "n" }, "must be set, and securityGroup, where network is"],
    ["servers beside each other", onCloud, { scenario: "shared" }, "cannot be shared where target is openstack"],
    ["a label without value", onCloud, { clusterLabels: "kube_tag" }, "must be such as kube_tag=v1.34.2"],
    ["an end that is no date", onCloud, { expires: "soon" }, "must be a date, such as 2026-12-31"],
    [
      "a cluster without a way in",
      onCloud,
      { containers: "magnum", externalNetwork: null, network: "n", subnet: "s", securityGroup: "g" },
      "must be the id of an external network where containers is magnum",
    ],
  ] as const) {
    it(`refuses ${what} on other machines`, () => {
      const error = errorOf(() => readConfig(changed(base, changes)));
      expect(error.code).to.equal("config-invalid");
      expect(error.message).to.include(said);
    });
  }

  it("leaves the configuration of other packages alone", () => {
    expect(readConfig({ "aws:region": "eu-central-1", "underlayer:model": "x" }).model).to.equal("resnet50");
  });

  const wrong: readonly (readonly [string, string, string, string])[] = [
    [
      "an unknown key",
      "modle",
      "alexnet",
      'underlay:modle is "alexnet", but there is no such key. Did you mean underlay:model? The keys are environment, ',
    ],
    [
      "a wrong model name",
      "model",
      "resnet-50",
      'underlay:model is "resnet-50", but must be one of resnet50, inception-v3, alexnet.',
    ],
    [
      "a framework that is none",
      "framework",
      "torch",
      'underlay:framework is "torch", but must be one of tensorflow, pytorch.',
    ],
    ["a batch of 0", "batchSize", "0", 'underlay:batchSize is "0", but must be a whole number of at least 1.'],
    [
      "more memory than the machine has",
      "memoryMiB",
      "99999999",
      `underlay:memoryMiB is "99999999", but must be a whole number from 512 to ${memory}, the memory of this machine.`,
    ],
    [
      "more CPUs than the machine has",
      "cpus",
      "9999",
      `underlay:cpus is "9999", but must be a whole number from 1 to ${String(availableParallelism())}, the CPUs of this machine.`,
    ],
    ["half a step", "steps", "0.5", 'underlay:steps is "0.5", but must be a whole number of at least 1.'],
    ["no number", "rounds", "three", 'underlay:rounds is "three", but must be a whole number of at least 1.'],
    ["an empty number", "seed", "", 'underlay:seed is "", but must be a whole number of at least 0.'],
    [
      "a number in other digits",
      "blocks",
      "0x10",
      'underlay:blocks is "0x10", but must be a whole number of at least 1.',
    ],
    [
      "a folder that is not there",
      "data",
      "/no/such",
      'underlay:data is "/no/such", but must be a folder of JPEG files.',
    ],
    ["an empty folder name", "data", "", 'underlay:data is "", but must be a folder of JPEG files.'],
    [
      "a file for a folder",
      "data",
      "package.json",
      'underlay:data is "package.json", but must be a folder of JPEG files.',
    ],
    [
      "a folder without shards",
      "imagenet",
      "test",
      'underlay:imagenet is "test", but must be a folder of TFRecord shards such as train-00000-of-00008.',
    ],
    [
      "a page cache that is none",
      "pageCache",
      "hot",
      'underlay:pageCache is "hot", but must be one of warm, cold, both.',
    ],
    ["no place for records", "recordDirectory", "", 'underlay:recordDirectory is "", but must be a folder.'],
    ["a flag that is none", "photographs", "yes", 'underlay:photographs is "yes", but must be one of true, false.'],
    [
      "a target that nobody provides",
      "target",
      "moon",
      'underlay:target is "moon", but must be one of local, kubernetes, ssh, openstack.',
    ],
  ];
  for (const [what, key, value, message] of wrong) {
    it(`refuses ${what}: one error that names the key, the value and what is allowed`, () => {
      const error = errorOf(() => readConfig({ [`underlay:${key}`]: value }));
      expect(error.code).to.equal("config-invalid");
      const [line, hint, ...more] = error.message.split("\n");
      expect(line).to.include(message);
      expect(hint).to.match(/pulumi config set KEY VALUE/);
      expect(more).to.deep.equal([]);
    });
  }

  it("refuses workers that share as the framework cannot, and takes the one way that it can unless told", () => {
    const given = { "underlay:framework": "pytorch", "underlay:scenario": "distributed" };
    const { code, message } = errorOf(() => readConfig({ ...given, "underlay:variableUpdate": "parameter-server" }));
    expect(code).to.equal("config-invalid");
    expect(message).to.include(
      'underlay:framework is "pytorch", but must be tensorflow where variableUpdate is parameter-server; pytorch takes all-reduce.',
    );
    expect(readConfig(given)).to.include({ framework: "pytorch", variableUpdate: "all-reduce" });
    expect(readConfig({ ...given, "underlay:scenario": "shared" })).to.include({ framework: "pytorch" });
  });

  it("tells of everything that is wrong at once, a line each", () => {
    const { message } = errorOf(() =>
      readConfig({ "underlay:model": "x", "underlay:batchSize": "0", "underlay:a": "b" }),
    );
    const keys = message.split("\n").flatMap((line) => /^underlay:(\w+) is /.exec(line)?.[1] ?? []);
    expect(keys.sort()).to.deep.equal(["a", "batchSize", "model"]);
  });

  it("knows its keys", () => {
    expect(configKeys).to.have.lengthOf(51);
    expect(configKeys).to.include.members(["environment", "model", "recordDirectory"]);
  });
});
