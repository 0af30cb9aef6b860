import * as log from "@pulumi/pulumi/log/index.js";
import { type Host, RemoteContainerHost, type Run } from "../components/index.ts";
import type { PreparationArgs, RemoteLoginArgs, RemotePlaceArgs } from "../components/index.ts";
import { UnderlayError } from "../measure/error.ts";
import type { Skipped } from "../measure/results.ts";
import { type HostGroup, trainingRoles } from "../workloads/index.ts";
import { type LocalEnvironment, localEnvironments, type Settings } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { hostNameOf } from "./stack.ts";
import { train } from "./train.ts";
import { startRun } from "./tenure.ts";

/** What a machine is, without a container on it. */
export type MachineKind = "bare-metal" | "vm";

/** Who provides machines that are reached over ssh. */
export interface MachineSource {
  /** Why it has no machines of a kind; null when it has. */
  lacks(kind: MachineKind): string | null;
  /** Machines of a kind, one for each role of the training. */
  machines(kind: MachineKind): readonly Host[];
  /** Pods for each role instead of containers on those machines; undefined where there is no cluster. */
  pods?(environment: LocalEnvironment, kind: MachineKind): readonly Host[];
}

/** What every source makes machines for. */
export interface RemoteDemand {
  readonly run: Run;
  readonly settings: Settings;
  readonly roles: readonly [string, ...string[]];
  /** CPUs of every host. */
  readonly cpus: number;
}

/** What every host is given alike: CPUs, memory, and the network that hosts of a distributed training share. */
export function placeOf({ settings, cpus }: RemoteDemand): Omit<RemotePlaceArgs, "hostName"> {
  const { memoryMiB, scenario } = settings;
  return {
    cpus,
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    ...(scenario === "distributed" ? { networkName: "hosts" } : {}),
  };
}

/** How the configuration says to log in. */
export function loginOf(settings: Settings): RemoteLoginArgs {
  const { user, port, jump, identityFile, knownHosts, gpus, readyTimeoutSec } = settings;
  return {
    ...{ user, port, accelerators: gpus, readyTimeoutSec },
    ...(jump === undefined ? {} : { jump }),
    ...(identityFile === undefined ? {} : { identityFile }),
    ...(knownHosts === undefined ? {} : { knownHostsFile: knownHosts }),
  };
}

/** What the configuration has machines brought: nothing unless it says so. */
export function preparationOf({ run, settings }: RemoteDemand, kind: MachineKind): PreparationArgs | undefined {
  const { prepareHosts, environment, framework, gpus, image, containers } = settings;
  if (!prepareHosts) {
    return undefined;
  }
  const contained = environment !== kind && image !== undefined;
  const engine = contained && containers === "podman";
  return { run, engine, accelerators: gpus, ...(contained ? {} : { framework }) };
}

/** The kind of machine that an environment is on. */
function kindOf(environment: LocalEnvironment): MachineKind {
  return environment === "vm" || environment === "container-on-vm" ? "vm" : "bare-metal";
}

const isContainer = (environment: LocalEnvironment): boolean => environment.startsWith("container-on-");

/** Why an environment cannot be had, or cannot be compared with the others; null when it can. */
function whyNot(source: MachineSource, environment: LocalEnvironment, settings: Settings): string | null {
  const lacking = source.lacks(kindOf(environment));
  if (lacking !== null) {
    return lacking;
  }
  if (isContainer(environment)) {
    return settings.image === undefined ? "underlay:image is not set" : null;
  }
  return settings.environment === "comparison" && settings.image !== undefined
    ? "its packages are not those of underlay:image; measure it by a stack of its own, and see `underlay compare`"
    : null;
}

/** Machines that are made once, however many environments are on them. */
function remembered(source: MachineSource): (kind: MachineKind) => readonly Host[] {
  const made = new Map<MachineKind, readonly Host[]>();
  return (kind) => {
    const machines = made.get(kind) ?? source.machines(kind);
    made.set(kind, machines);
    return machines;
  };
}

function grouped(environment: string, hosts: readonly Host[]): HostGroup {
  const [leader, ...others] = hosts;
  if (leader === undefined) {
    throw new UnderlayError("environment-unavailable", `The environment "${environment}" has no host.`);
  }
  return [leader, ...others];
}

/** Containers of podman, one on each machine. */
function containersOn(machines: readonly Host[], environment: LocalEnvironment, demand: RemoteDemand): Host[] {
  const { run, settings, roles, cpus } = demand;
  const { image = "", memoryMiB, gpus } = settings;
  return roles.flatMap((role, index) => {
    const on = machines[index];
    const limits = { cpus, accelerators: gpus > 0, ...(memoryMiB === undefined ? {} : { memoryMiB }) };
    // Hosts beside each other are on one machine, and each has CPUs of its own.
    const firstCpu = settings.scenario === "shared" ? index * cpus : 0;
    const name = hostNameOf(environment, role, roles);
    return on === undefined ? [] : [new RemoteContainerHost(name, { run, on, image, firstCpu, ...limits })];
  });
}

/**
 * Trains on machines that are reached over ssh, and in containers on them, blocks interleaved.
 *
 * @param settings what the stack is configured to do
 * @param open who provides the machines
 */
export function remote(settings: Settings, open: (demand: RemoteDemand) => MachineSource): StackOutputs {
  const { environment, scenario, variableUpdate, workers, cpus = 1 } = settings;
  const run = startRun();
  const demand: RemoteDemand = { run, settings, cpus, roles: trainingRoles({ scenario, variableUpdate, workers }) };
  const source = open(demand);
  const wanted = environment === "comparison" ? localEnvironments : [environment];
  const skipped = wanted.flatMap((each): Skipped[] => {
    const reason = whyNot(source, each, settings);
    return reason === null ? [] : [{ environment: each, reason }];
  });
  for (const { environment: left, reason } of skipped) {
    void log.warn(`SKIPPED ${left}: ${reason}`);
  }
  const machinesOf = remembered(source);
  const hosts = wanted
    .filter((each) => !skipped.some(({ environment: left }) => left === each))
    .map((each) => {
      const kind = kindOf(each);
      if (!isContainer(each)) {
        return grouped(each, machinesOf(kind));
      }
      return grouped(each, source.pods?.(each, kind) ?? containersOn(machinesOf(kind), each, demand));
    });
  return train(settings, { run, hosts, skipped, cpus });
}
