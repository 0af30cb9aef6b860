import type * as pulumi from "@pulumi/pulumi";
import { UnderlayError } from "../../measure/error.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import type { Host } from "../host.ts";
import { LocalHost, type LocalHostArgs } from "./local-host.ts";

/** Arguments of a {@link ContainerHost}. */
export interface ContainerHostArgs extends LocalHostArgs {
  /** Host that the container runs on: bare metal or a virtual machine. */
  readonly on: Host;
}

function environmentOn(host: Host): EnvironmentName {
  switch (host.environment) {
    case "bare-metal":
      return "container-on-bare-metal";
    case "vm":
      return "container-on-vm";
    default:
      throw new UnderlayError(
        "host-unsuitable",
        `A container cannot run on "${host.environment}".`,
        "Give a bare-metal host or a virtual machine as `on`.",
      );
  }
}

/** A container on another host, from the image that all hosts share. */
export class ContainerHost extends LocalHost {
  static readonly type = "underlay:local:ContainerHost";
  readonly containerConnection = undefined;

  constructor(name: string, args: ContainerHostArgs, opts?: pulumi.ComponentResourceOptions) {
    const { on } = args;
    const inside = on.containerConnection === undefined ? {} : { on: on.containerConnection };
    super(
      ContainerHost.type,
      name,
      args,
      { kind: "container", environment: environmentOn(on), onFacts: on.facts, ...inside },
      opts,
    );
  }
}
