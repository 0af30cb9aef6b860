export {
  IronicNodeEnrolment,
  type Bmc,
  type CleanStep,
  type IronicNodeEnrolmentArgs,
  type NodePort,
} from "../../provider/ironic/resources.ts";
export type { ComputeCard } from "../../provider/passthrough/resources.ts";
export type { Cluster, Host } from "../host.ts";
export { type PreparationArgs, PreparedHost, type PreparedHostArgs } from "../remote/prepared-host.ts";
export { RemoteHost, type RemoteHostArgs, type RemoteLoginArgs, type RemotePlaceArgs } from "../remote/remote-host.ts";
export { BareMetalNode, type BareMetalNodeArgs } from "./bare-metal-node.ts";
export { BenchmarkHosts, type BenchmarkHostsArgs } from "./benchmark-hosts.ts";
export { ComputeHostPassthrough, type ComputeHostPassthroughArgs } from "./compute-host-passthrough.ts";
export { BareMetalFlavor, type BareMetalFlavorArgs, GpuFlavor, type GpuFlavorArgs } from "./flavors.ts";
export { GpuVm, type GpuVmArgs } from "./gpu-vm.ts";
export { MagnumCluster, type MagnumClusterArgs, type NodeGroupArgs } from "./magnum-cluster.ts";
export { type AdmissionArgs, OpenStackNetwork, type OpenStackNetworkArgs, type ServerNetwork } from "./network.ts";
export type { NovaServer, Server, ServerArgs } from "./server.ts";
export { ServerImage, type ServerImageArgs } from "./image.ts";
