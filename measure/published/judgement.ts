import type {
  DataName,
  PublishedFinding,
  PublishedNumber,
  PublishedSet,
  PublishedStatement,
} from "../../catalogue/published/schema.ts";
import type { EnvironmentName } from "../facts.ts";
import type { Comparison, Interval, Results } from "../results.ts";
import type { ScenarioName } from "../scenario.ts";

/** One cell of a study: one model in one scenario, in all environments. */
export interface StudyCell {
  readonly scenario: ScenarioName;
  readonly framework: "tensorflow" | "pytorch";
  /** Such as `resnet50`. */
  readonly model: string;
  /** Images per step and accelerator, or CPU. */
  readonly batchSize: number;
  /** Its series are named `synthetic` and `imagenet`. */
  readonly results: Results;
}

/** Which of the two compared metrics. */
export type Metric = Comparison["metric"];

/** What a study's data say of a finding. */
export type PublishedVerdict = "agrees" | "disagrees" | "cannot tell";

/** One measured ratio that evidence is made of. */
export interface EvidenceTerm {
  readonly runId: string;
  readonly scenario: ScenarioName;
  readonly model: string;
  readonly batchSize: number;
  readonly series: DataName;
  readonly metric: Metric;
  readonly environment: EnvironmentName;
  /** What it was divided by: an environment of the same run; null for the same environment in the run `alone`. */
  readonly baseline: EnvironmentName | null;
  readonly ratio: number;
  readonly interval: Interval;
  /** Pairs, or values of the side that has fewer. */
  readonly n: number;
}

/** What one cell, environment, metric and series says of a claim. */
export interface Evidence {
  readonly environment: EnvironmentName;
  readonly metric: Metric;
  readonly series: DataName;
  readonly cell: Omit<StudyCell, "results">;
  /** What the ratio is of, in words, such as `throughput, vm ÷ bare-metal`. */
  readonly quantity: string;
  /** Null when it could not be made; `reason` says why. */
  readonly ratio: number | null;
  readonly interval: Interval | null;
  /** Of the term that has fewest. */
  readonly n: number;
  /** Degrees of freedom that its interval has at least; 0 without one. */
  readonly freedom: number;
  readonly terms: readonly EvidenceTerm[];
  /** At 95 %, by itself. */
  readonly verdict: PublishedVerdict;
  /** Why that verdict. */
  readonly reason: string;
}

/** What sets a study apart from the publication. */
export interface Difference {
  readonly kind:
    "accelerator" | "virtualisation" | "machine" | "framework" | "batch size" | "profile" | "coverage" | "drift";
  readonly text: string;
}

/** A finding, held against the data of a study. */
export interface Judgement {
  /** The publication, as `name` of its set. */
  readonly publication: PublishedSet["name"];
  readonly finding: PublishedFinding;
  readonly statement: PublishedStatement;
  readonly verdict: PublishedVerdict;
  /** What decided, by the intervals alone; one sentence without its full stop. */
  readonly outcome: string;
  /** How many comparisons say what, such as `of 6 comparisons 5 agree, 1 cannot tell; undecided`; null for fewer than two. */
  readonly tally: string | null;
  /** Why the study cannot speak to the finding whatever its ratios are; null when it can. */
  readonly hindrance: string | null;
  /** The margin that was taken because the source names none; null where it does, or none is needed. */
  readonly chosenMargin: number | null;
  /** The outcome and what sets the study apart from the publication, in whole sentences. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  /** The one that decided; null without evidence. */
  readonly decisive: Evidence | null;
  readonly differences: readonly Difference[];
}

/** A published number beside what a study measured of it. */
export interface NumberComparison {
  readonly publication: PublishedSet["name"];
  readonly statement: PublishedStatement;
  readonly number: PublishedNumber;
  readonly environment: EnvironmentName;
  /** One for each cell and series; only those that have a ratio. */
  readonly measured: readonly Evidence[];
}
