import { readFileSync } from "node:fs";
import { release } from "node:os";
import { expect } from "chai";
import { hostFactsSchema } from "../../../measure/facts.ts";
import { gatherFacts } from "../../../provider/facts.ts";
import { sandboxInputsSchema } from "../../../provider/inputs.ts";
import { usableCpus } from "../../../provider/sandbox.ts";
import type { SandboxContext, StandingSandbox } from "../../../provider/sandbox/kind.ts";
import { rejectionOf } from "../../support/expect-error.ts";
import { freshRunId, fullMachine } from "../../support/machine-file.ts";
import { sandboxInputs } from "../../support/provider-inputs.ts";
import { needPython } from "../../support/python.ts";

const standing: StandingSandbox = {
  connection: { hops: [{ argv: ["taskset", "--cpu-list", String(usableCpus()[0])], shell: false }] },
  virtualisation: "none",
  containerRuntime: null,
  imageDigest: null,
  cpuMechanism: "affinity",
  memoryMechanism: "cgroup v1",
};

function context(cpus: number): SandboxContext {
  const inputs = sandboxInputsSchema.parse({ ...sandboxInputs(freshRunId()), cpus });
  const signal = new AbortController().signal;
  return {
    inputs,
    machine: fullMachine,
    directory: "/nowhere",
    cpuSet: usableCpus(),
    env: {},
    attachment: null,
    signal,
  };
}

describe("facts", () => {
  before(function () {
    needPython(this);
  });

  it("are what is seen from inside, with what was given", async () => {
    const facts = await gatherFacts(context(1), standing);
    expect(hostFactsSchema.parse(facts)).to.deep.equal(facts);
    expect(facts).to.deep.include({
      kernelRelease: release(),
      virtualisation: "none",
      cpus: 1,
      memoryMiB: 512, // The limit, which is less than what the machine has.
      containerRuntime: null,
      imageDigest: null,
      rootDigest: "sha256:root",
      limits: { cpus: { mechanism: "affinity", value: 1 }, memory: { mechanism: "cgroup v1", value: 512 } },
    });
    expect(readFileSync("/proc/cpuinfo", "utf8")).to.include(facts.cpuModel);
    expect(facts.operatingSystem).to.match(/\w/);
  });

  it("are refused when the sandbox sees another number of CPUs than it was given", async () => {
    const error = await rejectionOf(gatherFacts(context(2), standing));
    expect(error.code).to.equal("limit-not-held");
    expect(error.message).to.equal("bare-metal-sandbox may use 1 CPUs, but was to have 2.");
  });
});

describe("usable CPUs", () => {
  it("are those that the kernel lets this process run on", () => {
    const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
    const cpus = usableCpus();
    expect(cpus).to.have.lengthOf.at.least(1);
    expect(new Set(cpus).size).to.equal(cpus.length);
    expect(cpus[0]).to.equal(Number.parseInt(list, 10));
    expect(cpus.at(-1)).to.equal(Number(/(\d+)$/.exec(list)?.[1]));
  });
});
