export type {
  FunctionImage,
  JwtArgs,
  KeepWarmArgs,
  LambdaEndpointArgs,
  PackagedFunction,
} from "./lambda-endpoint-args.ts";
export { LambdaEndpoint } from "./lambda-endpoint.ts";
