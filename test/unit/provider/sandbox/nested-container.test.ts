import { expect } from "chai";
import { sandboxInputsSchema } from "../../../../provider/inputs.ts";
import { bundleConfiguration } from "../../../../provider/sandbox/nested-container.ts";
import { hostAttachment, networkLink, sandboxInputs } from "../../../support/provider-inputs.ts";

const runId = "r0123abcde";

interface Bundle {
  readonly process: {
    readonly args: string[];
    readonly env: string[];
    readonly capabilities: Record<string, string[]>;
    readonly noNewPrivileges: boolean;
  };
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname: string;
  readonly annotations: Record<string, string>;
  readonly mounts: {
    readonly destination: string;
    readonly type: string;
    readonly options: string[];
    readonly source: string;
  }[];
  readonly linux: {
    readonly namespaces: { readonly type: string }[];
    readonly resources: {
      readonly devices: { readonly allow: boolean; readonly access: string }[];
      readonly memory: { readonly limit: number };
      readonly cpu: { readonly quota: number; readonly period: number };
    };
  };
}

function bundle(change: Record<string, unknown> = {}): Bundle {
  const inputs = { ...sandboxInputs(runId), kind: "container", name: "container-on-vm-sandbox", ...change };
  return bundleConfiguration(sandboxInputsSchema.parse(inputs), { UNDERLAY_RUN: runId }) as Bundle;
}

describe("the configuration of a container inside a guest", () => {
  it("leaves the container no capability, and no way to gain one", () => {
    const { capabilities, noNewPrivileges } = bundle().process;
    expect(Object.values(capabilities).flat()).to.deep.equal([]);
    expect(Object.keys(capabilities)).to.include.members(["bounding", "effective", "permitted"]);
    expect(noNewPrivileges).to.equal(true);
  });

  it("gives the shared root read only", () => {
    expect(bundle().root).to.deep.equal({ path: "root", readonly: true });
  });

  it("has scratch space in memory only", () => {
    const writable = bundle().mounts.filter(({ type, options }) => !options.includes("ro") && type !== "proc");
    expect(writable.map(({ destination }) => destination).sort()).to.deep.equal(["/dev", "/dev/shm", "/run", "/tmp"]);
    expect(writable.map(({ type }) => type)).to.deep.equal(writable.map(() => "tmpfs"));
  });

  it("has namespaces of its own, its network among them, unless its host's is asked for", () => {
    const types = (change: Record<string, unknown>): string[] =>
      bundle(change).linux.namespaces.map(({ type }) => type);
    const joined = { link: networkLink(), hostName: "box", overlay: "host" };
    expect(types({}).sort()).to.deep.equal(["cgroup", "ipc", "mount", "network", "pid", "uts"]);
    expect(types({ network: joined, onAttachment: hostAttachment }).sort()).to.deep.equal([
      "cgroup",
      "ipc",
      "mount",
      "pid",
      "uts",
    ]);
  });

  it("is on the overlay by a network namespace that was made before it", () => {
    const network = { link: networkLink(), hostName: "box", address: "198.19.0.1", overlay: "vxlan" };
    const { namespaces } = bundle({ network, onAttachment: hostAttachment }).linux;
    expect(namespaces.find(({ type }) => type === "network")).to.deep.equal({
      type: "network",
      path: "/run/netns/overlay",
    });
  });

  it("holds CPUs and memory to what was given", () => {
    const { cpu, memory, devices } = bundle({ cpus: 2, memoryMiB: 1024 }).linux.resources;
    expect(cpu.quota / cpu.period).to.equal(2);
    expect(memory.limit).to.equal(1024 * 1024 * 1024);
    expect(devices).to.deep.equal([{ allow: false, access: "rwm" }]);
  });

  it("shows the host's data where there are volumes, read only", () => {
    const data = (change: Record<string, unknown>) => bundle(change).mounts.filter((mount) => mount.source === "/data");
    expect(data({})).to.deep.equal([]);
    expect(data({ volumes: [{ source: "/usr", target: "/data/photographs" }] })).to.deep.equal([
      { destination: "/data", type: "bind", options: ["rbind", "ro"], source: "/data" },
    ]);
  });

  it("carries the run's identity", () => {
    const { process, annotations, hostname } = bundle();
    expect(annotations).to.deep.equal({ "underlay.run": runId, "underlay.owner": "container-on-vm-sandbox" });
    expect(hostname).to.equal("container-on-vm-sandbox");
    expect(process.env).to.include.members([`UNDERLAY_RUN=${runId}`, "HOME=/tmp"]);
    expect(process.args).to.deep.equal(["sleep", "infinity"]);
  });
});
