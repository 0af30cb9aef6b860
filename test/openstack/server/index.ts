// One virtual machine with a GPU, on an image and a network that are there: what the client of OpenStack does by hand.
import * as pulumi from "@pulumi/pulumi";
import { GpuFlavor, GpuVm } from "../../../components/openstack/index.ts";

const config = new pulumi.Config("test");
const { flavorId } = new GpuFlavor("gpu", { vcpus: 4, memoryMiB: 8192, diskGiB: 1, pciAlias: "h100" });
const vm = new GpuVm("vm", {
  flavorId,
  imageId: config.require("image"),
  keyPair: config.require("keyPair"),
  network: {
    networkId: config.require("network"),
    subnetId: config.require("subnet"),
    securityGroupIds: [config.require("securityGroup")],
  },
});

export const serverId = vm.serverId;
