import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeStack, readConfig } from "../../stacks/index.ts";
import { openstack } from "../../stacks/openstack.ts";
import { ssh } from "../../stacks/ssh.ts";
import { trainingPlan } from "../../workloads/index.ts";
import { factsOf } from "../fixtures/report/fixture.ts";
import { errorOf } from "../support/expect-error.ts";
import { attachmentOf, connectionOf, listed, named, type Registered, results, run, runId, valueOf } from "./engine.ts";

type Config = Readonly<Record<string, string>>;
type Measured = Readonly<Record<string, unknown>>;

const ofType = (registered: readonly Registered[], type: string): Registered[] =>
  registered.filter((each) => each.type.endsWith(`:${type}`));
const namesOf = (registered: readonly Registered[], type: string): string[] =>
  ofType(registered, type)
    .map(({ name }) => name)
    .sort();
const measuredHosts = (registered: readonly Registered[]): Measured[] =>
  named(registered, "training-measurement").inputs["hosts"] as Measured[];

describe("a stack on machines that are reached over ssh", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "remote-stacks-"));
    writeFileSync(join(folder, "key.pub"), "ssh-ed25519 AAAA visitor\n");
    writeFileSync(join(folder, "known-hosts"), "");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const configOf = (config: Config) =>
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`underlay:${key}`, value]));
  const settingsOf = (config: Config) => readConfig(configOf(config));
  const onHosts = (config: Config) => () => ssh(settingsOf({ target: "ssh", cpus: "8", ...config }));
  const onCloud = (config: Config) => () =>
    openstack(
      settingsOf({
        ...{ target: "openstack", cpus: "8", serverImage: "debian", publicKey: join(folder, "key.pub") },
        ...{ externalNetwork: "outside", admits: "203.0.113.0/24", ...config },
      }),
    );

  describe("that exist", () => {
    for (const [environment, key] of [
      ["bare-metal", "bareMetalHosts"],
      ["vm", "vmHosts"],
    ] as const) {
      it(`trains on ${environment}, pinned to the CPUs that were asked for`, async () => {
        const login = { user: "bench", port: "2222", jump: "gate", knownHosts: join(folder, "known-hosts"), gpus: "2" };
        const { value, registered } = await run(onHosts({ environment, [key]: "192.0.2.1", ...login }));
        expect(listed(registered)).to.deep.equal([
          "underlay:index:Measurement training-measurement < underlay:workloads:Training training",
          "underlay:index:Run run < stack",
          `underlay:index:SshHost ${environment}-ssh < underlay:remote:RemoteHost ${environment}`,
          `underlay:remote:RemoteHost ${environment} < stack`,
          "underlay:workloads:Training training < stack",
        ]);
        expect(named(registered, `${environment}-ssh`).inputs).to.deep.equal({
          ...{ environment, address: "192.0.2.1", user: "bench", port: 2222, jump: "gate", cloudInit: false },
          ...{ accelerators: 2, readyTimeoutSec: 1800, cpus: 8, firstCpu: 0 },
          knownHostsFile: join(folder, "known-hosts"),
        });
        expect(measuredHosts(registered)).to.deep.equal([
          { environment, connection: connectionOf(`${environment}-ssh`), facts: factsOf(environment) },
        ]);
        expect(named(registered, "training-measurement").inputs["plan"]).to.deep.equal(trainingPlan({ cpus: 8 }));
        expect(await valueOf(value.results)).to.deep.equal(results);
      });
    }

    it("compares containers on a host of each kind, with equal limits, once they have an image", async () => {
      const config = { environment: "comparison", image: "registry.example/root:1", memoryMiB: "4096", gpus: "1" };
      const both = { bareMetalHosts: "metal", vmHosts: "guest" };
      const { value, registered } = await run(onHosts({ ...config, ...both }));
      // Two roots are not compared: those of the hosts are none of the image's.
      expect(value.skipped.map(({ environment }) => environment)).to.deep.equal(["bare-metal", "vm"]);
      expect(value.skipped[0]?.reason).to.include("underlay compare");
      expect(measuredHosts(registered).map(({ environment }) => environment)).to.deep.equal([
        ...["container-on-bare-metal", "container-on-vm"],
      ]);
      expect(namesOf(registered, "SshHost")).to.deep.equal(["bare-metal-ssh", "vm-ssh"]);
      expect(named(registered, "container-on-vm-container").inputs).to.deep.equal({
        ...{ name: "container-on-vm-container", runId, environment: "container-on-vm" },
        ...{ on: connectionOf("vm-ssh"), onFacts: factsOf("vm"), imageName: "registry.example/root:1" },
        ...{ cpus: 8, firstCpu: 0, memoryMiB: 4096, accelerators: true },
      });
    });

    it("compares bare metal with a virtual machine of the same packages, with equal limits", async () => {
      const both = { environment: "comparison", bareMetalHosts: "metal", vmHosts: "guest", memoryMiB: "4096" };
      const { registered } = await run(onHosts({ ...both, prepareHosts: "true" }));
      expect(measuredHosts(registered).map(({ environment }) => environment)).to.deep.equal(["bare-metal", "vm"]);
      for (const kind of ["bare-metal", "vm"]) {
        expect(named(registered, `${kind}-host-ssh`).inputs).to.include({ cpus: 8, memoryMiB: 4096 });
        expect(named(registered, `${kind}-preparation`).inputs).to.include({ packages: "workload", engine: false });
      }
    });

    it("compares what there is, and says why the rest is not", async () => {
      const { value, registered } = await run(onHosts({ environment: "comparison", vmHosts: "guest" }));
      expect(measuredHosts(registered).map(({ environment }) => environment)).to.deep.equal(["vm"]);
      expect(value.skipped.map(({ environment, reason }) => `${environment}: ${reason}`)).to.deep.equal([
        "bare-metal: underlay:bareMetalHosts is not set",
        "container-on-bare-metal: underlay:bareMetalHosts is not set",
        "container-on-vm: underlay:image is not set",
      ]);
      expect(named(registered, "training-measurement").inputs["baseline"]).to.equal("vm");
    });

    it("brings the hosts what they need, only where it is told to", async () => {
      const config = { prepareHosts: "true", bareMetalHosts: "metal", image: "registry.example/root:1" };
      const accelerated = await run(onHosts({ ...config, environment: "bare-metal", gpus: "1" }));
      expect(named(accelerated.registered, "bare-metal-preparation").inputs).to.deep.equal({
        ...{ name: "bare-metal-preparation", runId, on: connectionOf("bare-metal-host-ssh") },
        ...{ onFacts: factsOf("bare-metal"), engine: false, accelerators: true, packages: "workload-cuda" },
      });
      const [measured] = measuredHosts(accelerated.registered);
      expect(measured?.["connection"]).to.deep.equal(connectionOf("bare-metal-preparation"));
      const contained = await run(onHosts({ ...config, environment: "container-on-bare-metal" }));
      const { inputs } = named(contained.registered, "bare-metal-preparation");
      expect(inputs).to.include({ engine: true, accelerators: false });
      expect(inputs).to.not.have.property("packages");
    });

    it("trains over several hosts, which know each other by their addresses", async () => {
      const hosts = { bareMetalHosts: "192.0.2.1,192.0.2.2,192.0.2.3", scenario: "distributed", overlay: "host" };
      const image = "registry.example/root:1";
      const { registered } = await run(onHosts({ environment: "container-on-bare-metal", image, ...hosts }));
      expect(named(registered, "bare-metal-ps-ssh").inputs).to.deep.include({
        address: "192.0.2.3",
        network: { name: "hosts", hostName: "bare-metal-ps" },
      });
      const [host] = measuredHosts(registered);
      expect(host?.["attachment"]).to.deep.equal(attachmentOf("container-on-bare-metal-chief-container"));
      expect(host?.["companions"]).to.have.lengthOf(2);
      expect(named(registered, "container-on-bare-metal-ps-container").inputs["onAttachment"]).to.deep.equal(
        attachmentOf("bare-metal-ps-ssh"),
      );
    });

    it("trains beside another training on one machine, each on CPUs of its own", async () => {
      const config = { environment: "bare-metal", scenario: "shared", bareMetalHosts: "metal,metal" };
      const { registered } = await run(onHosts(config));
      expect(named(registered, "bare-metal-foreground-ssh").inputs).to.include({ firstCpu: 0, cpus: 8 });
      expect(named(registered, "bare-metal-background-ssh").inputs).to.include({ firstCpu: 8, cpus: 8 });
    });

    it("refuses another number of addresses than the training has hosts", async () => {
      await run(() => {
        const config = { environment: "bare-metal", bareMetalHosts: "a,b", scenario: "distributed", overlay: "host" };
        const error = errorOf(onHosts(config));
        expect(error.code).to.equal("config-invalid");
        expect(error.message).to.include("bareMetalHosts has 2 addresses (a, b), but a training of the scenario");
        expect(error.message).to.include("3 hosts: chief, worker-1, parameter-server");
      });
    });
  });

  describe("of OpenStack", () => {
    it("trains on a virtual machine, on a network of its own that lets ssh in", async () => {
      const { registered } = await run(
        onCloud({ environment: "vm", vmFlavor: "gpu", owner: "me", expires: "2026-12-31" }),
      );
      expect(namesOf(registered, "Instance")).to.deep.equal(["vm-0-server"]);
      expect(named(registered, "vm-0-server").inputs).to.deep.include({
        ...{ flavorId: "gpu", imageId: "debian", keyPair: "vm-key-name" },
        metadata: { run: runId, owner: "me", expires: "2026-12-31" },
      });
      expect(named(registered, "network-admits-0").inputs).to.include({
        remoteIpPrefix: "203.0.113.0/24",
        portRangeMin: 22,
      });
      expect(named(registered, "vm-0-host-ssh").inputs).to.deep.include({ cpus: 8, cloudInit: true, user: "debian" });
      expect(measuredHosts(registered)).to.deep.equal([
        { environment: "vm", connection: connectionOf("vm-0-host-ssh"), facts: factsOf("vm") },
      ]);
    });

    it("tells its servers who answers for them, whatever else the stack's configuration holds", async () => {
      const config = configOf({
        ...{ target: "openstack", environment: "bare-metal", bareMetalFlavor: "metal", cpus: "8" },
        ...{ serverImage: "debian", publicKey: join(folder, "key.pub"), externalNetwork: "outside" },
        ...{ admits: "203.0.113.0/24", owner: "me", expires: "2026-12-31T18:00:00Z" },
      });
      const { registered } = await run(() => makeStack({ ...config, "openstack:region": "one" }));
      expect(named(registered, "bare-metal-0-server").inputs["metadata"]).to.deep.equal({
        ...{ run: runId, owner: "me", expires: "2026-12-31T18:00:00Z" },
      });
    });

    it("compares containers on bare metal by Ironic and on virtual machines, on a network that is there", async () => {
      const config = { environment: "comparison", bareMetalFlavor: "metal", vmFlavor: "gpu", prepareHosts: "true" };
      const there = { network: "net", subnet: "sub", securityGroup: "group", image: "registry.example/root:1" };
      const { value, registered } = await run(onCloud({ ...config, ...there }));
      expect(value.skipped.map(({ environment }) => environment)).to.deep.equal(["bare-metal", "vm"]);
      expect(namesOf(registered, "Instance")).to.deep.equal(["bare-metal-0-server", "vm-0-server"]);
      expect(namesOf(registered, "Network")).to.deep.equal([]);
      expect(named(registered, "vm-0-port").inputs).to.deep.include({ networkId: "net", securityGroupIds: ["group"] });
      expect(namesOf(registered, "HostPreparation")).to.deep.equal([
        ...["bare-metal-0-prepared-preparation", "vm-0-prepared-preparation"],
      ]);
      expect(namesOf(registered, "RemoteContainer")).to.deep.equal([
        ...["container-on-bare-metal-container", "container-on-vm-container"],
      ]);
    });

    it("has three servers for a distributed training, which share a network", async () => {
      const { registered } = await run(onCloud({ environment: "vm", vmFlavor: "gpu", scenario: "distributed" }));
      expect(namesOf(registered, "Instance")).to.have.lengthOf(3);
      expect(named(registered, "vm-2-host-ssh").inputs["network"]).to.deep.equal({
        name: "hosts",
        hostName: "vm-2-host",
      });
    });

    for (const [environment, flavor, serverType] of [
      ["container-on-vm", "vmFlavor", "vm"],
      ["container-on-bare-metal", "bareMetalFlavor", "bm"],
    ] as const) {
      it(`trains in pods of a cluster that Magnum makes: ${environment}`, async () => {
        const config = { environment, [flavor]: "gpu", containers: "magnum", image: "registry.example/root:1" };
        const { registered } = await run(onCloud({ ...config, clusterLabels: "kube_tag=v1.34.2", gpus: "1" }));
        const kind = environment === "container-on-vm" ? "vm" : "bare-metal";
        expect(namesOf(registered, "Instance")).to.deep.equal([]);
        expect(named(registered, `${kind}-cluster-template`).inputs).to.deep.include({
          ...{ image: "debian", flavor: "gpu", serverType, externalNetworkId: "outside" },
          ...{ keypairId: `${kind}-cluster-key-name`, labels: { kube_tag: "v1.34.2" } },
        });
        const api = named(registered, `${environment}-cluster-api`);
        expect(api.type).to.equal("pulumi:providers:kubernetes");
        expect(JSON.stringify(api.inputs)).to.include(`kubeconfig of ${kind}-cluster-cluster`);
        expect(named(registered, `${environment}-devices-daemons`).type).to.equal("kubernetes:apps/v1:DaemonSet");
        expect(named(registered, `${environment}-pods-chief-pod`).inputs).to.deep.include({ environment, cpus: 8 });
        expect(measuredHosts(registered).map((host) => host["connection"])).to.deep.equal([
          connectionOf(`${environment}-pods-chief-pod`),
        ]);
      });
    }

    it("is planned before anything of it is known", async () => {
      const config = { environment: "container-on-vm", vmFlavor: "gpu", containers: "magnum" };
      const { value } = await run(onCloud({ ...config, image: "registry.example/root:1" }), true);
      expect(await valueOf(value.results)).to.equal(undefined);
    });
  });
});
