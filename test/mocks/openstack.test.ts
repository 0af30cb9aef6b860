import { secret } from "@pulumi/pulumi/output.js";
import { expect } from "chai";
import {
  BareMetalFlavor,
  BareMetalNode,
  BenchmarkHosts,
  ComputeHostPassthrough,
  GpuFlavor,
  GpuVm,
  IronicNodeEnrolment,
  MagnumCluster,
  OpenStackNetwork,
  RemoteHost,
  ServerImage,
} from "../../components/openstack/index.ts";
import { factsOf } from "../fixtures/report/fixture.ts";
import { errorOf } from "../support/expect-error.ts";
import { connectionOf, listed, named, run, valueOf } from "./engine.ts";

const network = { networkId: "net", subnetId: "subnet", securityGroupIds: ["group"] };
const given = { flavorId: "flavor", imageId: "image", keyPair: "key", network };

describe("a network of OpenStack", () => {
  it("lets hosts reach each other, and admits nothing else unless it is asked to", async () => {
    const { value, registered } = await run(() => [
      new OpenStackNetwork("one"),
      new OpenStackNetwork("two", { cidr: "fd00:1::/64" }),
    ]);
    const below = (name: string): string[] => [
      `openstack:networking/network:Network ${name}-network < underlay:openstack:OpenStackNetwork ${name}`,
      `openstack:networking/secGroup:SecGroup ${name}-admission < underlay:openstack:OpenStackNetwork ${name}`,
      `openstack:networking/secGroupRule:SecGroupRule ${name}-admits-own < underlay:openstack:OpenStackNetwork ${name}`,
      `openstack:networking/subnet:Subnet ${name}-subnet < underlay:openstack:OpenStackNetwork ${name}`,
      `underlay:openstack:OpenStackNetwork ${name} < stack`,
    ];
    expect(listed(registered)).to.deep.equal([...below("one"), ...below("two")].sort());
    expect(named(registered, "one-subnet").inputs).to.deep.include({ cidr: "10.77.0.0/24", ipVersion: 4 });
    expect(named(registered, "two-subnet").inputs).to.deep.include({ cidr: "fd00:1::/64", ipVersion: 6 });
    expect(named(registered, "one-admits-own").inputs).to.deep.equal({
      direction: "ingress",
      ethertype: "IPv4",
      remoteGroupId: "one-admission-id",
      securityGroupId: "one-admission-id",
    });
    expect(value[0]?.routerId).to.equal(undefined);
    expect(await valueOf(value[1]!.networkId)).to.equal("two-network-id");
  });

  it("has a router where it leads out, and a rule for each thing that it admits", async () => {
    const { value, registered } = await run(
      () =>
        new OpenStackNetwork("lab", {
          externalNetworkId: "outside",
          dnsNameservers: ["192.0.2.53"],
          admits: [
            { protocol: "tcp", fromPort: 22, from: "203.0.113.0/24" },
            { protocol: "udp", fromPort: 4000, toPort: 4010, from: "2001:db8::/32" },
            { protocol: "icmp", from: "203.0.113.0/24" },
          ],
        }),
    );
    expect(named(registered, "lab-router").inputs).to.deep.equal({ adminStateUp: true, externalNetworkId: "outside" });
    expect(named(registered, "lab-router-interface").inputs).to.deep.equal({
      routerId: "lab-router-id",
      subnetId: "lab-subnet-id",
    });
    const rule = { direction: "ingress", securityGroupId: "lab-admission-id" };
    expect(named(registered, "lab-admits-0").inputs).to.deep.equal({
      ...rule,
      ...{ ethertype: "IPv4", protocol: "tcp", portRangeMin: 22, portRangeMax: 22, remoteIpPrefix: "203.0.113.0/24" },
    });
    expect(named(registered, "lab-admits-1").inputs).to.deep.equal({
      ...rule,
      ...{
        ethertype: "IPv6",
        protocol: "udp",
        portRangeMin: 4000,
        portRangeMax: 4010,
        remoteIpPrefix: "2001:db8::/32",
      },
    });
    expect(named(registered, "lab-admits-2").inputs).to.deep.equal({
      ...rule,
      ...{ ethertype: "IPv4", protocol: "icmp", remoteIpPrefix: "203.0.113.0/24" },
    });
    expect(named(registered, "lab-subnet").inputs["dnsNameservers"]).to.deep.equal(["192.0.2.53"]);
    expect(await valueOf(value.routerId!)).to.equal("lab-router-id");
  });

  it("stands with its router and its rules as long as a server on it: deleting the server's host goes by these", async () => {
    const { registered } = await run(() => {
      const admits = [{ protocol: "tcp", fromPort: 22, from: "203.0.113.0/24" }];
      const lab = new OpenStackNetwork("lab", { externalNetworkId: "outside", admits });
      return new GpuVm("server", { ...given, network: lab });
    });
    const wayIn = ["lab-admits-0", "lab-admits-own", "lab-router-interface", "lab-subnet"];
    expect(named(registered, "server-port").dependencies).to.include.members(wayIn);
  });

  it("says what is wrong with what it is to admit", async () => {
    const admitting =
      (from: string, ports = {}) =>
      () =>
        new OpenStackNetwork("lab", { admits: [{ protocol: "tcp", from, ...ports }] });
    await run(() => {
      expect(errorOf(admitting("everybody")).code).to.equal("admission-invalid");
      expect(errorOf(admitting("0.0.0.0/0", { fromPort: 2, toPort: 1 })).code).to.equal("admission-invalid");
    });
  });
});

describe("flavors", () => {
  it("of virtual machines have whole GPUs, pinned CPUs and large pages", async () => {
    const { value, registered } = await run(() => [
      new GpuFlavor("two-gpus", { vcpus: 8, memoryMiB: 65536, pciAlias: "h100", gpus: 2, numaNodes: 2 }),
      new GpuFlavor("plain", { vcpus: 2, memoryMiB: 2048, diskGiB: 5, pinCpus: false, pageSize: "small" }),
    ]);
    expect(named(registered, "two-gpus-flavor").inputs).to.deep.equal({
      ...{ vcpus: 8, ram: 65536, disk: 40 },
      extraSpecs: {
        ...{ "pci_passthrough:alias": "h100:2", "hw:cpu_policy": "dedicated" },
        ...{ "hw:numa_nodes": "2", "hw:mem_page_size": "large" },
      },
    });
    expect(named(registered, "plain-flavor").inputs).to.deep.equal({
      ...{ vcpus: 2, ram: 2048, disk: 5 },
      extraSpecs: { "hw:cpu_policy": "shared", "hw:numa_nodes": "1", "hw:mem_page_size": "small" },
    });
    expect(await valueOf(value[0]!.flavorId)).to.equal("two-gpus-flavor-id");
    expect(await valueOf(value[1]!.flavorName)).to.equal("plain-flavor-name");
    await run(() => {
      for (const wrong of [{ gpus: 1 }, { pciAlias: "h100", gpus: 0 }, { pciAlias: "h100", gpus: 0.5 }]) {
        const error = errorOf(() => new GpuFlavor("none", { vcpus: 1, memoryMiB: 512, ...wrong }));
        expect(error.code).to.equal("flavor-invalid");
      }
    });
  });

  it("of whole machines ask for one of their class, and for nothing that is shared", async () => {
    const { registered } = await run(() => [
      new BareMetalFlavor("h100", {
        resourceClass: "baremetal.h100-sxm",
        traits: ["CUSTOM_NVLINK"],
        capabilities: { boot_mode: "uefi" },
      }),
      new BareMetalFlavor("any", { resourceClass: "baremetal" }),
    ]);
    const shared = { "resources:VCPU": "0", "resources:MEMORY_MB": "0", "resources:DISK_GB": "0" };
    expect(named(registered, "h100-flavor").inputs["extraSpecs"]).to.deep.equal({
      "resources:CUSTOM_BAREMETAL_H100_SXM": "1",
      ...shared,
      "trait:CUSTOM_NVLINK": "required",
      "capabilities:boot_mode": "uefi",
    });
    expect(named(registered, "any-flavor").inputs["extraSpecs"]).to.deep.equal({
      "resources:CUSTOM_BAREMETAL": "1",
      ...shared,
    });
  });
});

describe("an image of servers", () => {
  it("is uploaded or fetched, on q35, and hides the hypervisor where that is asked for", async () => {
    const { registered } = await run(() => [
      new ServerImage("own", { file: "/disk.img", hideHypervisor: true }),
      new ServerImage("theirs", {
        sourceUrl: "https://images.example/disk",
        diskFormat: "qcow2",
        distribution: "ubuntu",
      }),
    ]);
    expect(named(registered, "own-image").inputs).to.deep.equal({
      ...{ containerFormat: "bare", diskFormat: "raw", visibility: "private", localFilePath: "/disk.img" },
      properties: { os_distro: "debian", hw_machine_type: "q35", img_hide_hypervisor_id: "true" },
    });
    expect(named(registered, "theirs-image").inputs).to.deep.equal({
      ...{ containerFormat: "bare", diskFormat: "qcow2", visibility: "private" },
      imageSourceUrl: "https://images.example/disk",
      properties: { os_distro: "ubuntu", hw_machine_type: "q35" },
    });
    await run(() => expect(errorOf(() => new ServerImage("none", {})).code).to.equal("image-invalid"));
  });
});

for (const [Kind, environment] of [
  [GpuVm, "vm"],
  [BareMetalNode, "bare-metal"],
] as const) {
  describe(`a server that is ${environment}`, () => {
    it("is a key of its own, a port and an instance, which shows that key", async () => {
      const { value, registered } = await run(() => [
        new Kind("one", given),
        new Kind("two", { ...given, cloudConfig: { hostname: "b" }, serverGroupId: "apart", availabilityZone: "east" }),
      ]);
      const below = (name: string): string[] => [
        `openstack:compute/instance:Instance ${name}-server < ${Kind.type} ${name}`,
        `openstack:networking/port:Port ${name}-port < ${Kind.type} ${name}`,
        `underlay:index:SshKey ${name}-host-key < ${Kind.type} ${name}`,
        `${Kind.type} ${name} < stack`,
      ];
      expect(listed(registered)).to.deep.equal([...below("one"), ...below("two")].sort());
      expect(named(registered, "one-port").inputs).to.deep.equal({
        ...{ networkId: "net", adminStateUp: true, securityGroupIds: ["group"], fixedIps: [{ subnetId: "subnet" }] },
      });
      const { userData, ...plain } = named(registered, "two-server").inputs;
      expect(plain).to.deep.equal({
        ...{ flavorId: "flavor", imageId: "image", keyPair: "key", configDrive: true, availabilityZone: "east" },
        networks: [{ port: "two-port-id" }],
        schedulerHints: [{ group: "apart" }],
      });
      const [first, ...rest] = revealed(userData).split("\n");
      expect(first).to.equal("#cloud-config");
      expect(JSON.parse(rest.join("\n"))).to.deep.equal({
        ...{ ssh_deletekeys: true, hostname: "b" },
        ssh_keys: { ed25519_private: "private two-host-key", ed25519_public: "ssh-ed25519 AAAAtwo-host-key two" },
      });
      const [server] = value;
      expect(server?.environment).to.equal(environment);
      expect(await valueOf(server!.serverId)).to.equal("one-server-id");
      expect(await valueOf(server!.address)).to.equal("address of one-server");
      expect(await valueOf(server!.hostKey)).to.equal("ssh-ed25519 AAAAone-host-key");
    });

    it("is planned before anything of it is known", async () => {
      const { value, registered } = await run(() => new Kind("one", given), true);
      expect(registered).to.have.lengthOf(4);
      expect(await valueOf(value.address)).to.equal(undefined);
    });
  });
}

/** What is inside a secret, as the engine's wire has it. */
function revealed(value: unknown): string {
  return typeof value === "string" ? value : String((value as { value: unknown }).value);
}

describe("a node that exists", () => {
  it("is read and not made, and nothing is known of its key", async () => {
    const { value, registered } = await run(() => [
      BareMetalNode.fromExisting("first", "id-1"),
      BareMetalNode.fromExisting("second", "id-2"),
    ]);
    expect(value[0]).to.include({ environment: "bare-metal", hostKey: undefined });
    expect(registered.map(({ type }) => type)).to.not.include("openstack:networking/port:Port");
  });
});

describe("hosts to measure on", () => {
  const asked = { flavorId: "flavor", imageId: "image", network, publicKey: "ssh-ed25519 AAAA visitor" };

  it("are so many virtual machines, kept apart, each with a host that is ready", async () => {
    const { value, registered } = await run(
      () => new BenchmarkHosts("vms", { kind: "vm", count: 2, ...asked, login: { user: "ubuntu", accelerators: 1 } }),
    );
    expect(named(registered, "vms-apart").inputs).to.deep.equal({ policies: ["soft-anti-affinity"] });
    expect(named(registered, "vms-1-server").inputs).to.deep.include({
      keyPair: "vms-key-name",
      schedulerHints: [{ group: "vms-apart-id" }],
    });
    expect(named(registered, "vms-1-host-ssh").inputs).to.deep.equal({
      ...{ environment: "vm", address: "address of vms-1-server", user: "ubuntu", cloudInit: true, accelerators: 1 },
      hostKey: "ssh-ed25519 AAAAvms-1-host-key",
    });
    expect(value.hosts).to.have.lengthOf(2);
    expect(value.hosts[0]?.environment).to.equal("vm");
    expect(await valueOf(value.hosts[0]!.connection)).to.deep.equal(connectionOf("vms-0-host-ssh"));
    expect(await valueOf(value.hosts[0]!.facts)).to.deep.equal(factsOf("vm"));
  });

  it("are whole machines as well, and two sets of them fit into one program", async () => {
    const { registered } = await run(() => [
      new BenchmarkHosts("metal", { kind: "bare-metal", ...asked }),
      new BenchmarkHosts("vms", { kind: "vm", ...asked }),
    ]);
    expect(named(registered, "metal-0").type).to.equal(BareMetalNode.type);
    expect(registered.filter(({ type }) => type.endsWith("ServerGroup"))).to.deep.equal([]);
    await run(() => {
      expect(errorOf(() => new BenchmarkHosts("none", { kind: "vm", count: 0, ...asked })).code).to.equal(
        "count-invalid",
      );
    });
  });
});

describe("a remote host", () => {
  it("is one way in over ssh, with the keys that the user knows", async () => {
    const { registered } = await run(() => [
      new RemoteHost("a", { environment: "bare-metal", address: "192.0.2.1" }),
      new RemoteHost("b", {
        environment: "vm",
        address: "b.example",
        login: { jump: "gate", port: 2222 },
        cloudInit: true,
      }),
    ]);
    expect(named(registered, "a-ssh").inputs).to.deep.equal({
      ...{ environment: "bare-metal", address: "192.0.2.1", user: "debian", cloudInit: false },
    });
    expect(named(registered, "b-ssh").inputs).to.deep.include({ jump: "gate", port: 2222, cloudInit: true });
  });
});

describe("a cluster of Magnum", () => {
  const asked = { imageId: "image", flavor: "small", keyPair: "key", externalNetworkId: "outside" };

  it("is a template, a cluster and its groups of nodes; how to log in is a secret", async () => {
    const { value, registered } = await run(() => [
      new MagnumCluster("vms", {
        ...asked,
        labels: { kube_tag: "v1.34.2" },
        nodes: 2,
        nodeGroups: [{ name: "gpus", flavor: "gpu", nodes: 4 }],
      }),
      new MagnumCluster("metal", {
        ...asked,
        serverType: "bm",
        masters: 3,
        networkDriver: "calico",
        volumeDriver: "cinder",
      }),
    ]);
    expect(named(registered, "vms-template").inputs).to.deep.equal({
      ...{ coe: "kubernetes", image: "image", flavor: "small", masterFlavor: "small", serverType: "vm" },
      ...{ keypairId: "key", externalNetworkId: "outside", networkDriver: "flannel", labels: { kube_tag: "v1.34.2" } },
    });
    expect(named(registered, "vms-cluster").inputs).to.deep.equal({
      ...{ clusterTemplateId: "vms-template-id", keypair: "key", masterCount: 1, nodeCount: 2, createTimeout: 60 },
    });
    expect(named(registered, "vms-gpus").inputs).to.deep.equal({
      ...{ clusterId: "vms-cluster-id", flavorId: "gpu", nodeCount: 4, minNodeCount: 0, role: "worker" },
    });
    expect(named(registered, "metal-template").inputs).to.deep.include({
      ...{ serverType: "bm", networkDriver: "calico", volumeDriver: "cinder" },
    });
    const [vms, metal] = value;
    expect([vms?.environment, metal?.environment]).to.deep.equal(["container-on-vm", "container-on-bare-metal"]);
    expect(await valueOf(vms!.kubeconfig)).to.equal("kubeconfig of vms-cluster");
    expect(await (vms!.kubeconfig as unknown as { isSecret: Promise<boolean> }).isSecret).to.equal(true);
    await run(() => {
      expect(errorOf(() => new MagnumCluster("even", { ...asked, masters: 2 })).code).to.equal("masters-invalid");
    });
  });

  it("is planned before anything of it is known", async () => {
    const { value } = await run(() => new MagnumCluster("vms", asked), true);
    expect(await valueOf(value.kubeconfig)).to.equal(undefined);
  });
});

describe("the enrolment of a node", () => {
  it("is one resource, whose controller is a secret", async () => {
    const enrolled = (name: string) =>
      new IronicNodeEnrolment(name, {
        nodeName: name,
        driver: "redfish",
        bmc: { address: "https://192.0.2.7", username: "operator", password: secret("hidden") },
        ports: [{ address: "52:54:00:12:34:56" }],
      });
    const { value, registered } = await run(() => [enrolled("one"), enrolled("two")]);
    expect(listed(registered)).to.deep.equal([
      "underlay:index:IronicNodeEnrolment one < stack",
      "underlay:index:IronicNodeEnrolment two < stack",
    ]);
    expect(await valueOf(value[1]!.nodeId)).to.equal("two-node");
    expect(named(registered, "one").inputs).to.deep.include({ nodeName: "one", driver: "redfish" });
  });
});

describe("a compute host's cards", () => {
  it("are handed over by the way into it, taken back before another way is taken, twice in one program", async () => {
    const { value, registered } = await run(() => {
      const host = new RemoteHost("compute", { environment: "bare-metal", address: "192.0.2.9" });
      const given = { host, devices: ["10de:2330"] };
      return [
        new ComputeHostPassthrough("one", { ...given, alias: "h100" }),
        new ComputeHostPassthrough("two", { ...given, alias: "other", sudo: false }),
      ];
    });
    expect(listed(registered).filter((line) => line.includes("Passthrough"))).to.deep.equal([
      "underlay:index:ComputePassthrough one-cards < underlay:openstack:ComputeHostPassthrough one",
      "underlay:index:ComputePassthrough two-cards < underlay:openstack:ComputeHostPassthrough two",
      "underlay:openstack:ComputeHostPassthrough one < stack",
      "underlay:openstack:ComputeHostPassthrough two < stack",
    ]);
    expect(named(registered, "two-cards").inputs).to.deep.equal({
      ...{ name: "two-cards", devices: ["10de:2330"], alias: "other", sudo: false },
      connection: connectionOf("compute-ssh"),
    });
    expect(await valueOf(value[0]!.rebootNeeded)).to.equal(true);
    expect(await valueOf(value[0]!.aliases)).to.deep.equal(['{"name":"h100"}']);
  });

  it("are not known in a preview", async () => {
    const { value } = await run(() => {
      const host = new RemoteHost("compute", { environment: "bare-metal", address: "192.0.2.9" });
      return new ComputeHostPassthrough("one", { host, devices: ["10de:2330"], alias: "h100" });
    }, true);
    expect(await valueOf(value.cards)).to.equal(undefined);
  });
});
