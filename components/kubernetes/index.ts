export { DevicePlugin, type DevicePluginArgs, devicePluginImage } from "./device-plugin.ts";
export { KubernetesCluster, type KubernetesClusterArgs, type PodEnvironment } from "./kubernetes-cluster.ts";
export type { KubernetesModelServiceArgs, MeasuredReplica, RegistryLogin } from "./model-service-args.ts";
export { KubernetesModelService } from "./model-service.ts";
export type { ClaimedVolume } from "./pod-template.ts";
export { QueuedTrainingJob, type QueuedTrainingJobArgs } from "./queued-training-job.ts";
export { TrainingJob, type TrainingJobArgs } from "./training-job.ts";
export { type NamespaceQuota, TrainingNamespace, type TrainingNamespaceArgs } from "./training-namespace.ts";
export { TrainingOperator, type TrainingOperatorArgs, trainingOperatorVersion } from "./training-operator.ts";
