/** How a service is built from a source. */
export interface ServiceBuildArgs {
  /** A model's file, a module, or a folder. */
  readonly source: string;
  /** Folder of the programs that read sources and serve models. */
  readonly programs: string;
  /** @default the source's name */
  readonly name?: string | undefined;
  /** What predicts: `MODULE:FUNCTION` or a model's file. @default what the source says, or what is found */
  readonly entry?: string | undefined;
  /** Script of the source that makes the models that are missing. @default what the source says */
  readonly make?: string | undefined;
  /** Whether pickles may be loaded. @default false */
  readonly trust?: boolean | undefined;
  /** Whether requests of the same moment are predicted together. @default false */
  readonly batching?: boolean | undefined;
  /** Such as `3.11`. @default chosen by the source */
  readonly python?: string | undefined;
  /** Whether NVIDIA accelerators compute. @default false */
  readonly cuda?: boolean | undefined;
  /** What the image begins with: Debian's packages, put together here, or an image of a registry. @default "local" */
  readonly base?: "local" | "registry" | undefined;
  /** A lock that is there. @default made by uv */
  readonly lock?: string | undefined;
  /** File with a request's body, for a first prediction. @default what the source says, or zeros */
  readonly sample?: string | undefined;
  /** What it becomes: the server of a container, or a function of AWS Lambda. @default "server" */
  readonly as?: "server" | "function" | undefined;
  /** Most of all models together, in MiB. @default 4096 */
  readonly mostModelMiB?: number | undefined;
}
