import { z } from "zod";
import { graphCompilers, type ImageMeasurement, runSettingsSchema } from "../catalogue/images/schema.ts";
import { builtImageSchema } from "./built-image.ts";
import { type EpochRecord, epochRecordSchema, type EpochTime, epochTime, speedup, speedupVerdict } from "./epochs.ts";
import { boundedRatio, type RatioEstimate } from "./interval.ts";

const compilers = z.array(z.enum(graphCompilers));

/** A training that a job did. */
export const trialRecordSchema = z.strictObject({
  /** `plain`, `chosen`, or what was tried besides. */
  trial: z.string(),
  round: z.number().int().positive(),
  /** Id of the catalogue's entry. */
  image: z.string(),
  compilers,
  /** Tuned ones; absent for the defaults. */
  settings: runSettingsSchema.optional(),
  /** Of the image. */
  digest: z.string(),
  jobId: z.string(),
  training: epochRecordSchema,
  stored: z.strictObject({ path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
});

/** What an optimised training came to. */
export const optimisedOutcomeSchema = z.strictObject({
  workload: z.string(),
  target: z.string(),
  /** Id of the chosen image. */
  choice: z.string(),
  compilers,
  /** Why, for people. */
  reasons: z.array(z.string()),
  images: z.array(builtImageSchema),
  trials: z.array(trialRecordSchema),
});

/** A training that a job did. */
export type TrialRecord = z.infer<typeof trialRecordSchema>;
/** What an optimised training came to. */
export type OptimisedOutcome = z.infer<typeof optimisedOutcomeSchema>;

/** All trainings of one configuration, with what they say of its speed. */
export interface MeasuredTrial {
  readonly trial: string;
  readonly image: string;
  readonly compilers: TrialRecord["compilers"];
  readonly jobs: readonly string[];
  readonly time: EpochTime;
  /** Times as fast as the plain image; null for that one. */
  readonly speedup: RatioEstimate | null;
  /** Null for the plain image. */
  readonly verdict: ReturnType<typeof speedupVerdict> | null;
  /** Share of the images that were classified rightly, in the last epoch of each job. */
  readonly accuracy: readonly number[];
  /** Seconds of the first step, in which graphs are traced and compiled, of each job. */
  readonly firstStepSec: readonly number[];
  readonly records: readonly TrialRecord[];
}

const plain = "plain";
const trainings = (records: readonly TrialRecord[]): EpochRecord[] => records.map(({ training }) => training);

/** What the trainings say of each configuration, the plain one first. */
export function measuredTrials({ trials }: OptimisedOutcome): MeasuredTrial[] {
  const baseline = trials.filter(({ trial }) => trial === plain);
  const names = [...new Set([...(baseline.length > 0 ? [plain] : []), ...trials.map(({ trial }) => trial)])];
  return names.flatMap((name): MeasuredTrial[] => {
    const records = trials.filter(({ trial }) => trial === name);
    const [first] = records;
    if (first === undefined) return [];
    const own = trainings(records);
    const ratio = name === plain || baseline.length === 0 ? null : speedup(trainings(baseline), own);
    return [
      {
        ...{ trial: name, image: first.image, compilers: first.compilers, jobs: records.map(({ jobId }) => jobId) },
        ...{ time: epochTime(own), speedup: ratio, verdict: ratio === null ? null : speedupVerdict(ratio) },
        accuracy: own.map(({ epochs }) => epochs.at(-1)?.accuracy ?? 0),
        firstStepSec: own.map(({ first_step_seconds: seconds }) => seconds),
        records,
      },
    ];
  });
}

/** Images of the whole sets, which the catalogue's epochs are of. */
const wholeSets: Readonly<Record<string, number>> = { "mnist-cnn": 60_000, "resnet50-imagenet": 1_281_167 };

/**
 * What the catalogue of a user is given: one measurement of each configuration that has an interval. Its epochs are of the
 * whole set, so that trainings of fewer images can be held against each other: time is taken to grow with the images.
 */
export function measurementsOf(outcome: OptimisedOutcome, at: string): ImageMeasurement[] {
  const { workload, target, trials } = outcome;
  const run = trials[0]?.stored.sha256;
  return measuredTrials(outcome).flatMap((trial): ImageMeasurement[] => {
    const { image, compilers: on, time, records } = trial;
    const { mean: value, low, high, n } = time;
    const [newest] = records.toReversed();
    if (value === null || low === null || high === null || newest === undefined) return [];
    const trained = newest.training.epochs[0]?.images ?? 0;
    const whole = trained === 0 ? 1 : (wholeSets[workload] ?? trained) / trained;
    const epochSec = { value: value * whole, low: low * whole, high: high * whole };
    const record = newest.stored.sha256;
    const what = { image, compilers: on, settings: newest.settings, workload, target };
    return [{ ...what, epochSec, speedup: boundedRatio(trial.speedup), n, at, record, run }];
  });
}
