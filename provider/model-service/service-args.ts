import type { ServiceImageArgs } from "./resources.ts";

/** How a service is built from a source: as its resource is told, where paths need not be absolute. */
export interface ServiceBuildArgs extends Omit<ServiceImageArgs, "service"> {
  /** @default the source's name */
  readonly name?: string | undefined;
  /** What it becomes: the server of a container, or a function of AWS Lambda. @default "server" */
  readonly as?: "server" | "function" | undefined;
}
