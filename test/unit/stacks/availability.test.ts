import { expect } from "chai";
import type { Machine } from "../../../provider/machine.ts";
import { commonCpus, mustHave, mustHaveFramework, whyNot } from "../../../stacks/availability.ts";
import { localEnvironments } from "../../../stacks/config.ts";
import { errorOf } from "../../support/expect-error.ts";
import { fullMachine } from "../../support/machine-file.ts";

/** The environments that a machine without these parts can have. */
function possible(change: Partial<Machine>, cpus = 1): string[] {
  return localEnvironments.filter(
    (environment) => whyNot({ ...fullMachine, ...change }, environment, { cpus }) === null,
  );
}

describe("availability", () => {
  it("is all environments on a machine with everything", () => {
    expect(possible({})).to.deep.equal([...localEnvironments]);
  });

  const cases: readonly (readonly [string, Partial<Machine>, string[]])[] = [
    ["a root", { root: null }, []],
    ["bubblewrap", { bubblewrap: null }, ["vm", "container-on-vm"]],
    ["a container engine", { containerEngine: null }, ["bare-metal", "vm", "container-on-vm"]],
    ["a guest kernel", { guestKernel: null }, ["bare-metal", "container-on-bare-metal"]],
    ["photographs and Pulumi", { photographs: null, pulumi: null }, [...localEnvironments]],
  ];
  for (const [what, change, environments] of cases) {
    it(`without ${what} is ${environments.length === 0 ? "nothing" : environments.join(", ")}`, () => {
      expect(possible(change)).to.deep.equal(environments);
    });
  }

  it("of guests ends at one CPU under User-Mode Linux, and under no other kernel", () => {
    expect(possible({}, 2)).to.deep.equal(["bare-metal", "container-on-bare-metal"]);
    expect(whyNot(fullMachine, "vm", { cpus: 2 })).to.match(/cpus is 2, and a User-Mode Linux guest has one/);
    const kvm = { ...fullMachine.guestKernel!, kind: "kvm" as const };
    expect(possible({ guestKernel: kvm }, 2)).to.deep.equal([...localEnvironments]);
  });

  it("has set-up's own words for a reason, with the remedy", () => {
    const finding = {
      id: "guest-kernel",
      title: "Guest kernel",
      status: "missing" as const,
      detail: "neither KVM nor User-Mode Linux boots",
      remedy: "apt-get install user-mode-linux",
    };
    const machine = { ...fullMachine, guestKernel: null, findings: [finding] };
    const reason = "Guest kernel: neither KVM nor User-Mode Linux boots (apt-get install user-mode-linux)";
    expect(whyNot(machine, "vm", { cpus: 1 })).to.equal(reason);
    expect(whyNot({ ...machine, findings: [{ ...finding, remedy: null }] }, "vm", { cpus: 1 })).to.equal(
      "Guest kernel: neither KVM nor User-Mode Linux boots",
    );
    const error = errorOf(() => mustHave(machine, "container-on-vm", { cpus: 1 }));
    expect(error.code).to.equal("environment-unavailable");
    expect(error.message).to.equal(`This machine cannot have the environment "container-on-vm": ${reason}.`);
  });

  it("has a reason where set-up never looked", () => {
    expect(whyNot({ ...fullMachine, containerEngine: null }, "container-on-bare-metal", { cpus: 1 })).to.equal(
      "containerEngine is missing",
    );
  });

  it("lets pass what the machine has", () => {
    expect(() => mustHave(fullMachine, "vm", { cpus: 1 })).not.to.throw();
  });
});

describe("common CPUs", () => {
  it("are one where a guest would run under User-Mode Linux, else all", () => {
    expect(commonCpus(fullMachine, 8)).to.equal(1);
    expect(commonCpus({ ...fullMachine, guestKernel: null }, 8)).to.equal(8);
    expect(commonCpus({ ...fullMachine, guestKernel: { ...fullMachine.guestKernel!, kind: "kvm" } }, 8)).to.equal(8);
  });
});

describe("a framework", () => {
  const pytorch = { directory: "/cache/pytorch", version: "2.15.0" };

  it("is refused with the reason and the remedy where set-up has not made it", () => {
    const finding = {
      id: "pytorch",
      title: "PyTorch",
      status: "ok" as const,
      detail: "not asked for",
      remedy: "Run `npx underlay setup --with pytorch`.",
    };
    for (const findings of [
      [finding],
      [{ ...finding, status: "failed" as const, detail: "no network", remedy: "Wait." }],
    ]) {
      const { code, message, hint } = errorOf(() => mustHaveFramework({ ...fullMachine, findings }, "pytorch"));
      expect(code).to.equal("framework-unavailable");
      expect(message).to.include(`cannot train by the framework "pytorch": ${findings[0]!.detail}.`);
      expect(hint).to.equal(findings[0]!.remedy);
    }
    const { message, hint } = errorOf(() => mustHaveFramework(fullMachine, "pytorch"));
    expect(message).to.include("set-up has not looked for it");
    expect(hint).to.include("setup --with pytorch");
  });

  it("passes where it is, and TensorFlow passes everywhere", () => {
    expect(() => mustHaveFramework({ ...fullMachine, pytorch }, "pytorch")).not.to.throw();
    expect(() => mustHaveFramework(fullMachine, "tensorflow")).not.to.throw();
  });
});
