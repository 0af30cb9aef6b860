export { EksCluster } from "./eks-cluster.ts";
export type { EksClusterArgs } from "./eks-cluster-args.ts";
export type {
  FunctionImage,
  JwtArgs,
  KeepWarmArgs,
  LambdaEndpointArgs,
  PackagedFunction,
} from "./lambda-endpoint-args.ts";
export { LambdaEndpoint } from "./lambda-endpoint.ts";
export { LambdaModelService, type LambdaModelServiceArgs } from "./lambda-model-service.ts";
export type { AllowedAction, BuildNetwork, ModelRepositoryArgs } from "./model-repository-args.ts";
export { ModelRepository } from "./model-repository.ts";
