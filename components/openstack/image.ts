import { Image } from "@pulumi/openstack/images/image.js";
import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";

/** Arguments of a {@link ServerImage}. */
export interface ServerImageArgs {
  /** File of the machine at hand to upload. @default none: `sourceUrl` says where it is */
  readonly file?: string;
  /** Where to download it from. @default none: `file` says what is uploaded */
  readonly sourceUrl?: string;
  /** Format of the disk, such as `raw` or `qcow2`. @default "raw" */
  readonly diskFormat?: string;
  /** Distribution, such as `ubuntu`: Magnum picks its driver by it. @default "debian" */
  readonly distribution?: string;
  /**
   * Whether guests are not told that they are virtual: drivers of some consumer cards refuse to work otherwise.
   * @default false
   */
  readonly hideHypervisor?: boolean;
}

/** An image for servers, on machine type q35: devices that are passed through are on PCI Express there, as they are in fact. */
export class ServerImage extends ComponentResource {
  static readonly type = "underlay:openstack:ServerImage";
  readonly imageId: pulumi.Output<string>;

  constructor(name: string, args: ServerImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ServerImage.type, name, {}, opts);
    const { file, sourceUrl, diskFormat = "raw", distribution = "debian", hideHypervisor = false } = args;
    if ((file === undefined) === (sourceUrl === undefined)) {
      throw new UnderlayError("image-invalid", `The image "${name}" needs either file or sourceUrl, and not both.`);
    }
    const properties = {
      os_distro: distribution,
      hw_machine_type: "q35",
      ...(hideHypervisor ? { img_hide_hypervisor_id: "true" } : {}),
    };
    const source = file === undefined ? { imageSourceUrl: sourceUrl ?? "" } : { localFilePath: file };
    const image = new Image(
      `${name}-image`,
      { containerFormat: "bare", diskFormat, visibility: "private", properties, ...source },
      { parent: this },
    );
    this.imageId = image.id;
    this.registerOutputs({ imageId: this.imageId });
  }
}
