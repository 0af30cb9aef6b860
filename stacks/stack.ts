import type * as pulumi from "@pulumi/pulumi";
import { getProject, getStack } from "@pulumi/pulumi/metadata.js";
import { availableParallelism } from "node:os";
import type { Host } from "../components/index.ts";
import { BareMetalHost, ContainerHost, Run, VmHost } from "../components/index.ts";
import type { Results, Skipped } from "../measure/results.ts";
import { type Machine, readMachine } from "../provider/machine.ts";
import { Training } from "../workloads/index.ts";
import { commonCpus, mustHave, mustHaveFramework } from "./availability.ts";
import type { LocalEnvironment, Settings } from "./config.ts";

/** What every stack exports. */
export interface StackOutputs {
  /** Measured results of the environments, and how they compare. */
  readonly results: pulumi.Output<Results>;
  /** Environments that were asked for and cannot be had here, with the reason. */
  readonly skipped: readonly Skipped[];
}

const photographsPlace = "/data/photographs";
const imagenetPlace = "/data/imagenet";
const pytorchPlace = "/data/pytorch";

/** What the stacks are made from: one run, hosts on demand, and the training on them. */
export class StackBuilder {
  readonly machine: Machine = readMachine();
  /** CPUs of every host. */
  readonly cpus: number;
  readonly #settings: Settings;
  readonly #run: Run;

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
    this.cpus = settings.cpus ?? commonCpus(this.machine, availableParallelism());
    mustHave(this.machine, needed, this.cpus);
    mustHaveFramework(this.machine, settings.framework);
    this.#run = new Run("run", { project: getProject(), stack: getStack() });
  }

  /** Makes the host of an environment. */
  host(environment: LocalEnvironment): Host {
    const args = this.#hostArgs();
    switch (environment) {
      case "bare-metal":
        return new BareMetalHost(environment, args);
      case "vm":
        return new VmHost(environment, args);
      case "container-on-bare-metal":
        return new ContainerHost(environment, { ...args, on: new BareMetalHost(`${environment}-host`, args) });
      case "container-on-vm":
        return new ContainerHost(environment, { ...args, on: new VmHost(`${environment}-host`, args) });
    }
  }

  /** Trains on the hosts; the first one is the baseline. */
  train(hosts: readonly Host[], skipped: readonly Skipped[] = []): StackOutputs {
    const { model, profile, batchSize, rounds, blocks, steps, warmUpSteps, seed, recordDirectory } = this.#settings;
    const { framework, imagenet, pageCache } = this.#settings;
    const optional = { batchSize, rounds, blocks, steps, warmUpSteps };
    const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
    const training = new Training("training", {
      run: this.#run,
      hosts,
      skipped,
      framework,
      model,
      profile,
      seed,
      recordDirectory,
      cpus: this.cpus,
      ...(this.#packages() === undefined ? {} : { packages: pytorchPlace }),
      ...(this.#photographs() === undefined ? {} : { photographs: photographsPlace }),
      ...(imagenet === undefined ? {} : { imagenet: imagenetPlace, pageCache }),
      ...given,
    });
    return { results: training.results, skipped };
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
