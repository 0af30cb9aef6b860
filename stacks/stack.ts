import { availableParallelism } from "node:os";
import type { Host } from "../components/index.ts";
import { BareMetalHost, ContainerHost, LocalNetwork, type Run, VmHost } from "../components/index.ts";
import type { Skipped } from "../measure/results.ts";
import { type Machine, readMachine } from "../provider/machine.ts";
import { type HostGroup, trainingRoles } from "../workloads/index.ts";
import { commonCpus, type Demand, mustHave, mustHaveFramework } from "./availability.ts";
import type { LocalEnvironment, Settings } from "./config.ts";
import { train } from "./train.ts";
import type { StackOutputs } from "./outputs.ts";
import { startRun } from "./tenure.ts";

const photographsPlace = "/data/photographs";
const imagenetPlace = "/data/imagenet";
const pytorchPlace = "/data/pytorch";

/** Roles that make the name of a host too long. */
const hostRoles: Readonly<Record<string, string>> = { "parameter-server": "ps" };

/** What the host of a role is called in its environment; it has no role in its name where it is alone. */
export function hostNameOf(environment: string, role: string, roles: readonly string[]): string {
  return roles.length === 1 ? environment : `${environment}-${hostRoles[role] ?? role}`;
}

/** What the stacks are made from: one run, hosts on demand, and the training on them. */
export class StackBuilder {
  readonly machine: Machine = readMachine();
  /** CPUs of every host. */
  readonly cpus: number;
  readonly #settings: Settings;
  readonly #run: Run;
  readonly #network: LocalNetwork | undefined;

  /**
   * Begins a stack.
   *
   * @param settings what the stack is configured to do
   * @param needed environment without which the stack is pointless
   * @throws UnderlayError `environment-unavailable` or `framework-unavailable`, before anything is made, when this
   *   machine cannot have it
   */
  constructor(settings: Settings, needed: LocalEnvironment) {
    this.#settings = settings;
    const { framework, scenario, rateMbitPerSec, latencyMs } = settings;
    this.cpus = settings.cpus ?? commonCpus(this.machine, availableParallelism(), scenario);
    mustHave(this.machine, needed, this.demand);
    mustHaveFramework(this.machine, framework);
    const run = startRun();
    this.#run = run;
    this.#network =
      scenario === "distributed" ? new LocalNetwork("network", { run, rateMbitPerSec, latencyMs }) : undefined;
  }

  /** What is asked of every environment. */
  get demand(): Demand {
    return { cpus: this.cpus, scenario: this.#settings.scenario };
  }

  /** Makes the hosts of an environment: as many as the scenario has roles, each on CPUs of its own as far as they go. */
  hosts(environment: LocalEnvironment): HostGroup {
    const { scenario, variableUpdate, workers } = this.#settings;
    const roles = trainingRoles({ scenario, variableUpdate, workers });
    const [leader, ...others] = roles;
    const make = (role: string, index: number): Host =>
      this.#host(environment, hostNameOf(environment, role, roles), index * this.cpus);
    return [make(leader, 0), ...others.map((role, index) => make(role, index + 1))];
  }

  #host(environment: LocalEnvironment, name: string, firstCpu: number): Host {
    const network = this.#network;
    const plain = { ...this.#hostArgs(), firstCpu };
    const args = { ...plain, ...(network === undefined ? {} : { network: { network } }) };
    const { overlay } = this.#settings;
    const inContainer = { ...plain, ...(network === undefined ? {} : { network: { network, overlay } }) };
    switch (environment) {
      case "bare-metal":
        return new BareMetalHost(name, args);
      case "vm":
        return new VmHost(name, args);
      case "container-on-bare-metal":
        return new ContainerHost(name, { ...inContainer, on: new BareMetalHost(`${name}-host`, args) });
      case "container-on-vm":
        return new ContainerHost(name, { ...inContainer, on: new VmHost(`${name}-host`, args) });
    }
  }

  /** Trains on the hosts; those of the first environment are the baseline. */
  train(hosts: readonly HostGroup[], skipped: readonly Skipped[] = []): StackOutputs {
    return train(this.#settings, {
      ...{ run: this.#run, hosts, skipped, cpus: this.cpus },
      packages: this.#packages() === undefined ? undefined : pytorchPlace,
      photographs: this.#photographs() === undefined ? undefined : photographsPlace,
      imagenet: this.#settings.imagenet === undefined ? undefined : imagenetPlace,
    });
  }

  #photographs(): string | undefined {
    const { data, photographs } = this.#settings;
    return data ?? (photographs ? this.machine.photographs?.directory : undefined);
  }

  #packages(): string | undefined {
    return this.#settings.framework === "pytorch" ? this.machine.pytorch?.directory : undefined;
  }

  #hostArgs(): ConstructorParameters<typeof VmHost>[1] {
    const photographs = this.#photographs();
    const packages = this.#packages();
    const { memoryMiB, imagenet } = this.#settings;
    return {
      run: this.#run,
      cpus: this.cpus,
      volumes: [
        ...(photographs === undefined ? [] : [{ source: photographs, target: photographsPlace }]),
        ...(imagenet === undefined ? [] : [{ source: imagenet, target: imagenetPlace }]),
        ...(packages === undefined ? [] : [{ source: packages, target: pytorchPlace }]),
      ],
      ...(memoryMiB === undefined ? {} : { memoryMiB }),
    };
  }
}
