import type * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/pulumi/resource.js";
import type { BuiltImage } from "../../measure/built-image.ts";
import type { EpochRecord } from "../../measure/epochs.ts";
import type { Connection } from "../connection.ts";
import type { ImageDescription } from "../image/description.ts";
import { resourceTypes } from "../resource-types.ts";

export type { ImageDescription } from "../image/description.ts";

/** Arguments of a {@link ContainerImage}. */
export interface ContainerImageArgs {
  /** What it is made of. */
  readonly description: ImageDescription;
}

/** An image for jobs, in the cache of the machine at hand. The same description is built once. */
export class ContainerImage extends CustomResource {
  /** What was made, and where it is. */
  declare readonly image: pulumi.Output<BuiltImage>;

  constructor(name: string, args: ContainerImageArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.containerImage, name, { ...args, name, image: undefined }, opts);
  }
}

/** Arguments of an {@link EpochTraining}. */
export interface EpochTrainingArgs {
  readonly runId: pulumi.Input<string>;
  /** Way to where the job's files are. */
  readonly connection: pulumi.Input<Connection>;
  /** The job that wrote the record, as its batch system names it. */
  readonly jobId: pulumi.Input<string>;
  /** File of the record there, absolute. */
  readonly path: pulumi.Input<string>;
  /** Folder for the record on the machine at hand. */
  readonly recordDirectory: string;
}

/** What a job that trained by epochs wrote down. */
export class EpochTraining extends CustomResource {
  /** The record. */
  declare readonly training: pulumi.Output<EpochRecord>;
  /** Where it is kept on the machine at hand, with its SHA-256. */
  declare readonly stored: pulumi.Output<{ readonly path: string; readonly sha256: string }>;

  constructor(name: string, args: EpochTrainingArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.epochTraining, name, { ...args, name, training: undefined, stored: undefined }, opts);
  }
}
