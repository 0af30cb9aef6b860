export type { EnvironmentName, HostFacts } from "../measure/facts.ts";
export {
  Measurement,
  Run,
  Sandbox,
  type MeasurementArgs,
  type Plan,
  type RunArgs,
  type SandboxArgs,
  type Volume,
} from "../provider/resources.ts";
export type { Connection, Hop } from "../provider/connection.ts";
export type { Host } from "./host.ts";
export { BareMetalHost, type BareMetalHostArgs } from "./local/bare-metal-host.ts";
export { ContainerHost, type ContainerHostArgs } from "./local/container-host.ts";
export type { LocalHostArgs } from "./local/local-host.ts";
export { VmHost, type VmHostArgs } from "./local/vm-host.ts";
