// A program with a machine of OpenStack as a team would have it, and each thing in it that a policy may refuse.
import * as pulumi from "@pulumi/pulumi";
import { BenchmarkHosts, GpuFlavor, OpenStackNetwork } from "../../../components/openstack/index.ts";

const config = new pulumi.Config("test");
const admitted = config.get("admits") ?? "203.0.113.0/24";
const owner = config.get("owner");

const network = new OpenStackNetwork("measured", {
  externalNetworkId: "11111111-1111-4111-8111-111111111111",
  cidr: "10.20.0.0/24",
  admits: [{ protocol: "tcp", fromPort: 22, from: admitted }],
});
const flavor = new GpuFlavor("gpu", { vcpus: 4, memoryMiB: 8192, diskGiB: 20, pciAlias: "a100", gpus: 1 });
const hosts = new BenchmarkHosts("hosts", {
  kind: "vm",
  count: 2,
  flavorId: flavor.flavorId,
  imageId: "22222222-2222-4222-8222-222222222222",
  network,
  publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ...(owner === undefined ? {} : { metadata: { owner, run: "r000000001", expires: "2026-12-31" } }),
});

export const count = hosts.servers.length;
