import { expect } from "chai";
import { instanceBundle, instanceName } from "../../../../provider/function/bundle.ts";
import type { FrontConfiguration } from "../../../../provider/function/configuration.ts";

const configuration: FrontConfiguration = {
  runId: "r0123abcde",
  name: "fn-front",
  directory: "/state",
  controlSocket: "/tmp/control",
  root: "/cache/root",
  task: "/cache/task",
  runtimePackages: "/cache/runtime",
  handler: "handler.handler",
  variables: { GREETING: "hello" },
  memoryMiB: 256,
  timeoutSec: 3,
  ephemeralStorageMiB: 1024,
  maximumInstances: 2,
  idleSec: 60,
  network: false,
  edition: "current",
};
const slot = { descriptor: 3, address: "127.0.0.1:9001", namespace: "/proc/1/fd/7" };

interface Bundle {
  readonly process: {
    readonly args: string[];
    readonly env: string[];
    readonly user: object;
    readonly capabilities: object;
  };
  readonly root: object;
  readonly mounts: readonly { readonly destination: string; readonly source: string; readonly options: string[] }[];
  readonly linux: {
    readonly namespaces: object[];
    readonly cgroupsPath: string;
    readonly resources: { memory: object };
  };
}
const bundle = (change: Partial<FrontConfiguration> = {}, place = slot) =>
  instanceBundle({ ...configuration, ...change }, place, 1) as Bundle;

describe("the bundle of an instance", () => {
  it("has the memory of the function, a user of nobody's, no capability and a root that it cannot write to", () => {
    const made = bundle();
    expect(made.linux.resources.memory).to.deep.equal({ limit: 256 * 1024 * 1024 });
    expect(made.process.user).to.deep.equal({ uid: 993, gid: 993 });
    expect(made.process.capabilities).to.deep.equal({ bounding: [], effective: [], permitted: [] });
    expect(made.root).to.deep.equal({ path: "/cache/root", readonly: true });
    const writable = made.mounts.filter(({ options }) => !options.includes("ro")).map(({ destination }) => destination);
    expect(writable).to.deep.equal(["/proc", "/dev", "/dev/shm", "/tmp"]);
    expect(made.mounts.find(({ destination }) => destination === "/tmp")?.options).to.include("size=1024m");
  });

  it("shows the package and the client where AWS Lambda has them", () => {
    const seen = bundle().mounts.filter(({ source }) => source.startsWith("/cache"));
    expect(seen.map(({ destination, source }) => [destination, source])).to.deep.equal([
      ["/var/task", "/cache/task"],
      ["/var/runtime", "/cache/runtime"],
    ]);
  });

  it("is in the network namespace that it was given, or in the machine's own", () => {
    expect(bundle().linux.namespaces).to.deep.include({ type: "network", path: "/proc/1/fd/7" });
    const own = instanceBundle(configuration, { ...slot, namespace: null }, 0) as Bundle;
    expect(JSON.stringify(own.linux.namespaces)).not.to.include("network");
  });

  it("carries the run's identity, and variables cannot take that of the service's", () => {
    const { env } = bundle({
      variables: { GREETING: "hello", UNDERLAY_RUN: "other", AWS_LAMBDA_RUNTIME_API: "other" },
    }).process;
    expect(env).to.include.members([
      "GREETING=hello",
      "UNDERLAY_RUN=r0123abcde",
      "UNDERLAY_OWNER=fn-front",
      "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
    ]);
    expect(bundle().linux.cgroupsPath).to.equal("/underlay-r0123abcde-fn-front.1");
    expect(instanceName(configuration, 1)).to.equal("underlay-r0123abcde-fn-front.1");
  });
});
