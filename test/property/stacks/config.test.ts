import { availableParallelism, totalmem } from "node:os";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { configKeys, readConfig, type Settings } from "../../../stacks/config.ts";
import { overlayKinds } from "../../../measure/network.ts";
import { scenarioNames } from "../../../measure/scenario.ts";
import {
  frameworkNames,
  modelNames,
  pageCacheNames,
  profileNames,
  variableUpdateNames,
} from "../../../workloads/training/plan.ts";
import { errorOf } from "../../support/expect-error.ts";

const memoryMiB = Math.floor(totalmem() / 1024 / 1024);
const environments = ["comparison", "bare-metal", "vm", "container-on-bare-metal", "container-on-vm"] as const;
const count = fc.integer({ min: 1, max: 1_000_000 });
const from0 = fc.nat({ max: 1_000_000 });

/** Settings as a user may give them: any of the keys, none that must be there. */
const settings: fc.Arbitrary<Partial<Settings>> = fc
  .record(
    {
      environment: fc.constantFrom(...environments),
      target: fc.constant("local" as const),
      framework: fc.constantFrom(...frameworkNames),
      model: fc.constantFrom(...modelNames),
      profile: fc.constantFrom(...profileNames),
      scenario: fc.constantFrom(...scenarioNames),
      variableUpdate: fc.constantFrom(...variableUpdateNames),
      workers: fc.integer({ min: 2, max: 64 }),
      rateMbitPerSec: fc.integer({ min: 1, max: 100_000 }),
      latencyMs: fc.integer({ min: 0, max: 10_000 }),
      overlay: fc.constantFrom(...overlayKinds),
      batchSize: count,
      rounds: count,
      blocks: count,
      steps: count,
      warmUpSteps: from0,
      seed: from0,
      cpus: fc.integer({ min: 1, max: availableParallelism() }),
      memoryMiB: fc.integer({ min: 512, max: memoryMiB }),
      data: fc.constantFrom(path.resolve("test"), path.resolve("provider")),
      imagenet: fc.constant(path.resolve("test/fixtures/imagenet")),
      pageCache: fc.constantFrom(...pageCacheNames),
      photographs: fc.boolean(),
      recordDirectory: fc.string({ minLength: 1 }),
    },
    { requiredKeys: [] },
  )
  .filter(
    ({ framework, scenario, variableUpdate }) =>
      framework !== "pytorch" || scenario !== "distributed" || variableUpdate !== "parameter-server",
  );

/** The same as `pulumi config` would hold it. */
function asConfig(given: Partial<Settings>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [`underlay:${key}`, String(value)]));
}

const notANumber = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "-1",
    "1.5",
    "1e3",
    "0x10",
    "ten",
    "NaN",
    "Infinity",
    " 1",
    "1 ",
    "+1",
    "９",
    "9".repeat(16),
  ),
  fc.string().filter((text) => !/^\d+$/.test(text)),
);
const noneOf = (names: readonly string[]): fc.Arbitrary<string> =>
  fc
    .oneof(fc.string(), fc.constantFrom(...names.map((name) => name.toUpperCase())))
    .filter((text) => !names.includes(text));

/** What is no id, no address, and nothing that ssh might read as an option. */
const noName = fc.constantFrom("", "-oProxyCommand=x", "two words", ";");
const idOf = (what: string) => [noName, `must be the id of ${what}`] as const;
const hosts = [
  fc.constantFrom("", "10.0.0.1,", ",", "-oProxyCommand=x", "10.0.0.1,-l", "two words"),
  "must be addresses or host names, separated by commas",
] as const;
const notAFlag = [noneOf(["true", "false"]), "must be one of true, false"] as const;
const noFile = fc.constantFrom("", "/no/such/file", "test");

/** The same of hosts that are reached over ssh, as `mutations` has it. */
const remoteMutations: Readonly<Record<string, readonly [fc.Arbitrary<string>, string]>> = {
  user: [fc.oneof(noName, fc.constantFrom("Root", "1st", "a@b")), "must be a user name, such as debian"],
  port: [fc.oneof(fc.constantFrom("0", "65536"), notANumber), "must be a whole number from 1 to 65535"],
  jump: [noName, "must be as ssh's ProxyJump, such as user@gateway"],
  identityFile: [noFile, "must be the file of a private key"],
  knownHosts: [noFile, "must be a file of known hosts"],
  readyTimeoutSec: [fc.oneof(fc.constantFrom("0", "86401"), notANumber), "must be a whole number from 1 to 86400"],
  prepareHosts: notAFlag,
  bareMetalHosts: hosts,
  vmHosts: hosts,
  serverImage: idOf("an image"),
  bareMetalFlavor: idOf("a flavor"),
  vmFlavor: idOf("a flavor"),
  externalNetwork: idOf("an external network"),
  network: idOf("a network"),
  subnet: idOf("a subnet of that network"),
  securityGroup: idOf("a security group that lets ssh in"),
  admits: [
    fc.constantFrom("", "203.0.113.0", "anywhere", "203.0.113.0/"),
    "must be a range of addresses, such as 203.0.113.0/24",
  ],
  publicKey: [noFile, "must be the file of a public key"],
  cloudInit: notAFlag,
  owner: [fc.constant(""), "must be whose servers they are"],
  expires: [fc.constantFrom("", "tomorrow", "2026-1-1", "31 Dec 2026"), "must be a date, such as 2026-12-31"],
  containers: [noneOf(["podman", "magnum"]), "must be one of podman, magnum"],
  clusterLabels: [
    fc.constantFrom("", "kube_tag", "=x", "a=b=c", "a=b,"),
    "must be such as kube_tag=v1.34.2, separated by commas",
  ],
};

/** For each key, values that it must not have, and what its error must say is allowed. */
const mutations: Readonly<Record<string, readonly [fc.Arbitrary<string>, string]>> = {
  ...remoteMutations,
  environment: [
    noneOf(environments),
    "must be one of comparison, bare-metal, vm, container-on-bare-metal, container-on-vm",
  ],
  target: [noneOf(["local", "kubernetes", "ssh", "openstack"]), "must be one of local, kubernetes, ssh, openstack"],
  kubeconfig: [fc.constantFrom("", "/no/such/file", "test"), "must be a file"],
  image: [fc.constant(""), "must name an image"],
  operator: [
    fc.constantFrom("", "/no/such/folder", "package.json"),
    "must be a folder with the training operator's kustomization",
  ],
  gpus: [fc.oneof(fc.constant("17"), notANumber), "must be a whole number from 0 to 16"],
  framework: [noneOf(frameworkNames), `must be one of ${frameworkNames.join(", ")}`],
  model: [noneOf(modelNames), `must be one of ${modelNames.join(", ")}`],
  profile: [noneOf(profileNames), `must be one of ${profileNames.join(", ")}`],
  scenario: [noneOf(scenarioNames), `must be one of ${scenarioNames.join(", ")}`],
  variableUpdate: [noneOf(variableUpdateNames), `must be one of ${variableUpdateNames.join(", ")}`],
  workers: [fc.oneof(fc.constantFrom("1", "65"), notANumber), "must be a whole number from 2 to 64"],
  rateMbitPerSec: [fc.oneof(fc.constantFrom("0", "100001"), notANumber), "must be a whole number from 1 to 100000"],
  latencyMs: [fc.oneof(fc.constant("10001"), notANumber), "must be a whole number from 0 to 10000"],
  overlay: [noneOf(overlayKinds), `must be one of ${overlayKinds.join(", ")}`],
  batchSize: [fc.oneof(fc.constant("0"), notANumber), "must be a whole number of at least 1"],
  rounds: [fc.oneof(fc.constant("0"), notANumber), "must be a whole number of at least 1"],
  blocks: [fc.oneof(fc.constant("0"), notANumber), "must be a whole number of at least 1"],
  steps: [fc.oneof(fc.constant("0"), notANumber), "must be a whole number of at least 1"],
  warmUpSteps: [notANumber, "must be a whole number of at least 0"],
  seed: [notANumber, "must be a whole number of at least 0"],
  cpus: [
    fc.oneof(fc.constant("0"), fc.integer({ min: availableParallelism() + 1 }).map(String), notANumber),
    `must be a whole number from 1 to ${String(availableParallelism())}, the CPUs of this machine`,
  ],
  memoryMiB: [
    fc.oneof(fc.integer({ min: 0, max: 511 }).map(String), fc.integer({ min: memoryMiB + 1 }).map(String), notANumber),
    `must be a whole number from 512 to ${String(memoryMiB)}, the memory of this machine`,
  ],
  data: [fc.constantFrom("", "/no/such/folder", "package.json"), "must be a folder of JPEG files"],
  imagenet: [
    fc.constantFrom("", "/no/such/folder", "package.json", "test"),
    "must be a folder of TFRecord shards such as train-00000-of-00008",
  ],
  pageCache: [noneOf(pageCacheNames), `must be one of ${pageCacheNames.join(", ")}`],
  photographs: [noneOf(["true", "false"]), "must be one of true, false"],
  recordDirectory: [fc.constant(""), "must be a folder"],
};

const mutation = fc
  .constantFrom(...Object.keys(mutations))
  .chain((key) => mutations[key]![0].map((value) => ({ key, value, allowed: mutations[key]![1] })));

const unknownKey = fc.string({ minLength: 1 }).filter((key) => !configKeys.includes(key) && !(key in {}));

describe("readConfig", () => {
  it("gives back whatever is right", () => {
    fc.assert(
      fc.property(settings, (given) => {
        expect(readConfig(asConfig(given))).to.include(given);
      }),
    );
  });

  it("gives the same again for what it gave", () => {
    fc.assert(
      fc.property(settings, (given) => {
        const once = readConfig(asConfig(given));
        expect(readConfig(asConfig(once))).to.deep.equal(once);
      }),
    );
  });

  it("knows, for every key, what is wrong", () => {
    expect(Object.keys(mutations).sort()).to.deep.equal([...configKeys].sort());
  });

  it("refuses one wrong value by exactly one error, which names the key, the value and what is allowed", () => {
    fc.assert(
      fc.property(settings, mutation, (given, { key, value, allowed }) => {
        const error = errorOf(() => readConfig({ ...asConfig(given), [`underlay:${key}`]: value }));
        expect(error.code).to.equal("config-invalid");
        expect(error.message).to.equal(`underlay:${key} is "${value}", but ${allowed}.\n  ${error.hint ?? ""}`);
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses one unknown key by exactly one error, which names the key, its value and a key that exists", () => {
    fc.assert(
      fc.property(settings, unknownKey, fc.string(), (given, key, value) => {
        const error = errorOf(() => readConfig({ ...asConfig(given), [`underlay:${key}`]: value }));
        expect(error.code).to.equal("config-invalid");
        expect(
          error.message.startsWith(`underlay:${key} is "${value}", but there is no such key. Did you mean underlay:`),
        ).to.equal(true);
        expect(error.message.endsWith(`The keys are ${configKeys.join(", ")}.\n  ${error.hint ?? ""}`)).to.equal(true);
        const meant = /Did you mean underlay:(\w+)\?/.exec(error.message.slice(key.length + value.length))?.[1];
        expect(configKeys).to.include(meant);
      }),
      { numRuns: 300 },
    );
  });

  it("means the right key when one letter is missing", () => {
    const typo = fc
      .constantFrom(...configKeys.filter((key) => key.length > 4))
      .chain((key) =>
        fc.nat({ max: key.length - 1 }).map((at) => ({ key, wrong: key.slice(0, at) + key.slice(at + 1) })),
      )
      .filter(({ wrong }) => !configKeys.includes(wrong));
    fc.assert(
      fc.property(typo, ({ key, wrong }) => {
        expect(errorOf(() => readConfig({ [`underlay:${wrong}`]: "1" })).message).to.include(
          `Did you mean underlay:${key}?`,
        );
      }),
    );
  });
});
