import { all, output } from "@pulumi/pulumi/output.js";
import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource, type Resource } from "@pulumi/pulumi/resource.js";
import { join } from "node:path";
import { imageCatalogue } from "../../catalogue/images/index.ts";
import type { Image, ImageMeasurement } from "../../catalogue/images/schema.ts";
import type { BuiltImage } from "../../measure/built-image.ts";
import { UnderlayError } from "../../measure/error.ts";
import type { OptimisedOutcome, TrialRecord } from "../../measure/optimised.ts";
import { ContainerImage, EpochTraining } from "../../provider/batch/resources.ts";
import { BatchJob, type BatchJobArgs, type Run } from "../../provider/resources.ts";
import type { OptimisationRequest } from "./dsl.ts";
import { epochJob, type EpochSize, recordName } from "./epoch-job.ts";
import { type Optimisation, optimise } from "./optimise.ts";
import { imageDescription } from "./recipes.ts";
import { type Trial, trialsOf } from "./trials.ts";
import { imageWish } from "./wish.ts";

/** A queue that jobs can be handed to, as clusters give it. */
export interface JobQueue {
  /** Its batch system. */
  readonly system: BatchJobArgs["system"];
  /** Way to where its commands are. */
  readonly connection: BatchJobArgs["connection"];
}

/** Arguments of an {@link OptimisedTraining}. */
export interface OptimisedTrainingArgs extends EpochSize {
  /** The run that the training belongs to. */
  readonly run: Run;
  /** Where its jobs are handed in. */
  readonly queue: JobQueue;
  /** What was asked for. */
  readonly request: OptimisationRequest;
  /** Folder of the data set, as the queue's nodes see it: MNIST's IDX files, or ImageNet's shards. */
  readonly data: string;
  /** Folder that jobs are handed in from, as the queue's nodes see it; each has a folder of its own below. */
  readonly directory: string;
  /** What was measured before, the newest first. @default nothing */
  readonly measurements?: readonly ImageMeasurement[];
  /** Folder of PyTorch's packages. @default none: images of PyTorch cannot be made */
  readonly packages?: string;
  /** Trainings of each configuration, one after the other: those of a round in turn, the next round in reverse. @default 1 */
  readonly rounds?: number;
  /** Longest wait for a job, in seconds. @default 86400 */
  readonly timeoutSec?: number;
  /** Folder for the records. @default "out/records", from the project's folder */
  readonly recordDirectory?: string;
}

interface Choice {
  readonly optimisation: Optimisation;
  readonly chosen: NonNullable<NonNullable<Optimisation["mapping"]>["chosen"]>;
  readonly workload: string;
  readonly target: string;
  readonly trials: readonly Trial[];
}

/** Chooses the image, and what is trained. */
function choose({ request, measurements = [] }: OptimisedTrainingArgs): Choice {
  const optimisation = optimise(request, { measurements });
  const { mapping, workload } = optimisation;
  const chosen = mapping?.chosen ?? null;
  if (chosen === null || workload === null) {
    const why = chosen === null ? optimisation.notes.join(" ") : "It does not say what data it trains on.";
    throw new UnderlayError("nothing-to-train", `The request cannot be trained here: ${why}`);
  }
  const target = request.job.target?.name ?? "local";
  const measured = measurements.filter((each) => each.workload === workload && each.target === target);
  const without = imageWish(request)?.without ?? [];
  const trials = trialsOf(chosen, { images: imageCatalogue().images, measured, without });
  return { optimisation, chosen, workload, target, trials };
}

/** Name that resources may have: dots of versions are none. */
const nameOf = (id: string): string => id.replaceAll(".", "-");

/**
 * Chooses the image for a training, builds it, and trains in it by jobs of a queue: as chosen, and in the plain image that
 * the choice is held against.
 */
export class OptimisedTraining extends ComponentResource {
  static readonly type = "underlay:workloads:OptimisedTraining";
  /** What was chosen and why, the images, and the records of the jobs. */
  readonly outcome: pulumi.Output<OptimisedOutcome>;

  constructor(name: string, args: OptimisedTrainingArgs, opts?: pulumi.ComponentResourceOptions) {
    super(OptimisedTraining.type, name, {}, opts);
    const choice = choose(args);
    const images = new Map<string, ContainerImage>();
    for (const { image } of choice.trials) {
      if (!images.has(image.id)) images.set(image.id, this.#image(name, image, args));
    }
    const records: pulumi.Output<TrialRecord>[] = [];
    let before: Resource | undefined;
    for (let round = 1; round <= (args.rounds ?? 1); round += 1) {
      for (const trial of round % 2 === 1 ? choice.trials : choice.trials.toReversed()) {
        const image = images.get(trial.image.id);
        if (image === undefined) continue;
        const training = this.#train(name, { args, choice, trial, round, image: image.image, before });
        before = training.resource;
        records.push(training.record);
      }
    }
    const { chosen, workload, target } = choice;
    this.outcome = all([all(records), all([...images.values()].map(({ image }) => image))]).apply(
      ([trials, built]): OptimisedOutcome => ({
        ...{ workload, target, choice: chosen.image.id, compilers: [...chosen.compilers] },
        ...{ reasons: [...chosen.reasons], images: built, trials },
      }),
    );
    this.registerOutputs({ outcome: this.outcome });
  }

  #image(name: string, image: Image, { packages }: OptimisedTrainingArgs): ContainerImage {
    const description = imageDescription(image, { packages });
    return new ContainerImage(`${name}-${nameOf(image.id)}`, { description }, { parent: this });
  }

  /** One job, and its record once it has ended. */
  #train(name: string, { args, choice, trial, round, image, before }: Training): Trained {
    const { run, queue, request, data, epochs, images, batch } = args;
    const { system, connection } = queue;
    const own = `${name}-${trial.name}-${String(round)}`;
    const directory = output(run.runId).apply((runId) => join(args.directory, runId, own));
    const script = output(image).apply((built) =>
      epochJob({ request, workload: choice.workload, trial, image: built, data, epochs, images, batch }),
    );
    const job = new BatchJob(
      own,
      { runId: run.runId, connection, system, script, directory, timeoutSec: args.timeoutSec },
      { parent: this, dependsOn: before === undefined ? [] : [before] },
    );
    const path = directory.apply((folder) => join(folder, recordName));
    const recordDirectory = args.recordDirectory ?? "out/records";
    const resource = new EpochTraining(
      `${own}-record`,
      { runId: run.runId, connection, jobId: job.jobId, path, recordDirectory },
      { parent: this },
    );
    const known = {
      trial: trial.name,
      round,
      image: trial.image.id,
      compilers: [...trial.compilers],
      settings: trial.settings,
    };
    const record = all([image, job.jobId, resource.training, resource.stored]).apply(
      ([{ digest }, jobId, training, stored]): TrialRecord => ({ ...known, digest, jobId, training, stored }),
    );
    return { resource, record };
  }
}

interface Training {
  readonly args: OptimisedTrainingArgs;
  readonly choice: Choice;
  readonly trial: Trial;
  readonly round: number;
  readonly image: pulumi.Output<BuiltImage>;
  /** What has to be over first: trainings share the machine. */
  readonly before: Resource | undefined;
}

interface Trained {
  readonly resource: Resource;
  readonly record: pulumi.Output<TrialRecord>;
}
