import type { Skipped } from "../measure/results.ts";
import type { Run } from "../provider/resources.ts";
import { type HostGroup, Training } from "../workloads/index.ts";
import type { Settings } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";

/** What a stack trains on. */
export interface TrainingPlace {
  readonly run: Run;
  /** The hosts of each environment; those of the first are the baseline. */
  readonly hosts: readonly HostGroup[];
  /** Environments that were asked for and cannot be had. @default none */
  readonly skipped?: readonly Skipped[];
  /** CPUs of every host. */
  readonly cpus: number;
  /** Folders as the hosts see them. @default none */
  readonly packages?: string | undefined;
  readonly photographs?: string | undefined;
  readonly imagenet?: string | undefined;
}

function known<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof known<T>
  >;
}

/** Trains on hosts, whoever provides them, as the configuration says. */
export function train(settings: Settings, place: TrainingPlace): StackOutputs {
  const { model, profile, batchSize, rounds, blocks, steps, warmUpSteps, seed, recordDirectory } = settings;
  const { framework, pageCache, scenario, variableUpdate, workers } = settings;
  const { run, hosts, skipped = [], cpus, packages, photographs, imagenet } = place;
  const training = new Training("training", {
    ...{
      run,
      hosts,
      skipped,
      framework,
      model,
      profile,
      scenario,
      variableUpdate,
      workers,
      seed,
      recordDirectory,
      cpus,
    },
    ...known({ packages, photographs, batchSize, rounds, blocks, steps, warmUpSteps }),
    ...(imagenet === undefined ? {} : { imagenet, pageCache }),
  });
  return { results: training.results, skipped };
}
