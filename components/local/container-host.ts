import type * as pulumi from "@pulumi/pulumi";
import { UnderlayError } from "../../measure/error.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import type { Host } from "../host.ts";
import { type HostNetworkArgs, LocalHost, type LocalHostArgs } from "./local-host.ts";

/** How a container joins a network. */
export interface ContainerNetworkArgs extends HostNetworkArgs {
  /**
   * How it takes part: `vxlan`, on an overlay as flannel makes it, with an address of its own, or `host`, by the link
   * and the address of its host.
   * @default "vxlan"
   */
  readonly overlay?: "vxlan" | "host";
}

/** Arguments of a {@link ContainerHost}. */
export interface ContainerHostArgs extends LocalHostArgs {
  /** Host that the container runs on: bare metal or a virtual machine. */
  readonly on: Host;
  /** The network that the container joins; its host has joined the same. @default none at all */
  readonly network?: ContainerNetworkArgs;
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
    if (args.network !== undefined && on.attachment === undefined) {
      throw new UnderlayError(
        "host-unsuitable",
        `The container "${name}" cannot join a network that its host has not joined.`,
        "Give the host the same `network`.",
      );
    }
    const inside = on.containerConnection === undefined ? {} : { on: on.containerConnection };
    const joined =
      args.network === undefined || on.attachment === undefined
        ? {}
        : { onAttachment: on.attachment, overlay: args.network.overlay ?? "vxlan" };
    super(
      ContainerHost.type,
      name,
      args,
      { kind: "container", environment: environmentOn(on), onFacts: on.facts, ...joined, ...inside },
      opts,
    );
  }
}
