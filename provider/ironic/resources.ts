import type * as pulumi from "@pulumi/pulumi";
import { secret } from "@pulumi/pulumi/output.js";
import { CustomResource, mergeOptions } from "@pulumi/pulumi/resource.js";
import { resourceTypes } from "../resource-types.ts";

/** The baseboard management controller of a node. */
export interface Bmc {
  /** Address: of Redfish with its scheme, as `https://192.0.2.10`, of IPMI without. */
  readonly address: pulumi.Input<string>;
  readonly username: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
}

/** A network port of a node. */
export interface NodePort {
  /** Ethernet address, as `52:54:00:12:34:56`. */
  readonly address: string;
  /** Whether the node may boot from it. @default true */
  readonly pxeEnabled?: boolean | undefined;
  /** Physical network that it is plugged into. @default none is named */
  readonly physicalNetwork?: string | undefined;
}

/** One step of a cleaning that is asked for. */
export interface CleanStep {
  /** Interface that has the step, such as `deploy`. */
  readonly interface: string;
  /** Its name, such as `erase_devices_metadata`. */
  readonly step: string;
  /** What it is told. @default nothing */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

/** Arguments of an {@link IronicNodeEnrolment}. */
export interface IronicNodeEnrolmentArgs {
  /** Name that Ironic knows the node by, as a host name. */
  readonly nodeName: string;
  /** Hardware type, such as `redfish` or `ipmi`. */
  readonly driver: string;
  /** Its management controller; all of it is a secret. */
  readonly bmc: Bmc;
  /** Further settings of the driver, by Ironic's names. @default none */
  readonly driverInfo?: Readonly<Record<string, pulumi.Input<string | number | boolean>>> | undefined;
  /** Interfaces of the driver, by kind, as `{ deploy: "direct" }`. @default those of the hardware type */
  readonly interfaces?: Readonly<Record<string, string>> | undefined;
  /** Properties, such as `cpu_arch` and `capabilities`. @default none; an inspection finds them */
  readonly properties?: Readonly<Record<string, string | number>> | undefined;
  /** Resource class, such as `baremetal.h100`: a flavor asks for `resources:CUSTOM_BAREMETAL_H100=1`. @default none */
  readonly resourceClass?: string | undefined;
  /** Traits that flavors may ask for, such as `CUSTOM_GPU_H100`. @default none */
  readonly traits?: readonly string[] | undefined;
  /** Its network ports: at least one. */
  readonly ports: readonly NodePort[];
  /** Whether the hardware is inspected before it is offered. @default false */
  readonly inspect?: boolean | undefined;
  /** Steps that clean it when it is removed, beside the cleaning of Ironic's own. @default none */
  readonly cleanSteps?: readonly CleanStep[] | undefined;
  /** What the user's role is on: the system, or the project that owns the node. @default "system" */
  readonly scope?: "system" | "project" | undefined;
  /** Longest time for one transition, such as a cleaning, in seconds: 1 to 86400. @default 3600 */
  readonly transitionTimeoutSec?: number | undefined;
}

/**
 * Hardware in Ironic: enrolled, inspected if asked for, cleaned, and offered to the scheduler. Deletion takes it back: it is
 * unprovisioned and cleaned before it is forgotten, and stays when that fails. Where and as whom is told by the variables
 * of an openrc file or by `OS_CLOUD` and `clouds.yaml`, as for Pulumi's OpenStack provider.
 */
export class IronicNodeEnrolment extends CustomResource {
  /** Its id in Ironic. */
  declare readonly nodeId: pulumi.Output<string>;
  /** What Ironic says of it, such as `available`. */
  declare readonly provisionState: pulumi.Output<string>;

  constructor(name: string, args: IronicNodeEnrolmentArgs, opts?: pulumi.CustomResourceOptions) {
    const secrets = mergeOptions(opts, { additionalSecretOutputs: ["bmc", "driverInfo"] });
    const inputs = { ...args, bmc: secret(args.bmc), nodeId: undefined, provisionState: undefined };
    super(resourceTypes.ironicNodeEnrolment, name, inputs, secrets);
  }
}
