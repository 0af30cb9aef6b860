export type { EndpointControl, EndpointFacts } from "../measure/endpoint.ts";
export type { EnvironmentName, HostFacts } from "../measure/facts.ts";
export type { Attachment, NetworkLink } from "../measure/network.ts";
export type { FunctionPackageFacts } from "../measure/function-package.ts";
export {
  FunctionPackage,
  type FunctionPackageArgs,
  BatchJob,
  type BatchJobArgs,
  type JobState,
  Measurement,
  Network,
  Run,
  Sandbox,
  Slurm,
  type CompanionPlan,
  type Joining,
  type MeasuredCompanion,
  type MeasuredHost,
  type MeasurementArgs,
  type NetworkArgs,
  type Plan,
  type RunArgs,
  type SandboxArgs,
  type SlurmArgs,
  type Volume,
} from "../provider/resources.ts";
export {
  ImagePush,
  type ImagePushArgs,
  ServiceContainer,
  type ServiceContainerArgs,
  ServiceFunction,
  type ServiceFunctionArgs,
  ServiceImage,
  type ServiceImageArgs,
} from "../provider/model-service/resources.ts";
export type { ServiceImageFacts } from "../measure/model-service.ts";
export type { Connection, Hop } from "../provider/connection.ts";
export type { Cluster, Endpoint, Host } from "./host.ts";
export type { BatchCluster } from "./hpc/batch-cluster.ts";
export {
  type ExistingClusterArgs,
  SlurmCluster,
  TorqueCluster,
  type TorqueClusterArgs,
} from "./hpc/existing-cluster.ts";
export { LocalSlurm, type LocalSlurmArgs } from "./hpc/local-slurm.ts";
export { BareMetalHost, type BareMetalHostArgs } from "./local/bare-metal-host.ts";
export { ContainerHost, type ContainerHostArgs, type ContainerNetworkArgs } from "./local/container-host.ts";
export { FunctionEndpoint, type FunctionEndpointArgs } from "./local/function-endpoint.ts";
export type { HostNetworkArgs, LocalHostArgs } from "./local/local-host.ts";
export { LocalNetwork, type LocalNetworkArgs } from "./local/local-network.ts";
export { ModelService, type ModelServiceArgs } from "./local/model-service.ts";
export { type PreparationArgs, PreparedHost, type PreparedHostArgs } from "./remote/prepared-host.ts";
export { RemoteContainerHost, type RemoteContainerHostArgs } from "./remote/remote-container-host.ts";
export { RemoteHost, type RemoteHostArgs, type RemoteLoginArgs, type RemotePlaceArgs } from "./remote/remote-host.ts";
export { VmHost, type VmHostArgs } from "./local/vm-host.ts";
