import type { CatalogueModel } from "../catalogue/models/schema.ts";
import type { Adaptation } from "../measure/adaptation.ts";
import type { Interval, Summary } from "../measure/results.ts";
import type { Adapted, AdaptSettings } from "../workloads/index.ts";

/** An adaptation with what it was made of, as `--json` prints it. */
export interface AdaptReport extends Adapted {
  readonly model: string;
  /** Null for the network that was trained here. */
  readonly catalogue: CatalogueModel | null;
  /** Where the adapted model and what serves it lie. */
  readonly folder: string;
  readonly settings: Pick<AdaptSettings, "images" | "sourceEpochs" | "headEpochs" | "fineEpochs" | "batch" | "threads">;
  readonly adaptation: Adaptation;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const between = (interval: Interval | null): string =>
  interval === null ? "" : ` (${percent(interval.low)} to ${percent(interval.high)})`;
const accuracy = ({ mean, interval }: Summary): string =>
  mean === null ? "unknown" : `${percent(mean)}${between(interval)}`;

/** What came of an adaptation, for people. */
export function adaptText(report: AdaptReport): string {
  const { model, catalogue, folder, settings, adaptation, runs, testImages, distance } = report;
  const { images, headEpochs, fineEpochs } = settings;
  const seconds = (side: "transferSeconds" | "scratchSeconds") =>
    Math.round(runs.reduce((sum, run) => sum + run[side], 0) / runs.length);
  const lines = [
    `${folder}: ${model}, ${String(report.parameters)} parameters taken over, ${report.framework}`,
    ...(catalogue === null
      ? []
      : [`weights of the catalogue: ${catalogue.data.name}; licence ${catalogue.licence.weights ?? "not said"}`]),
    ...(report.sourceAccuracy === null
      ? []
      : [
          `source: ${percent(report.sourceAccuracy)} of its own images, trained in ${report.sourceSeconds.toFixed(0)} s`,
        ]),
    ...(report.unadapted === null ? [] : [`target, as it is: ${percent(report.unadapted)}`]),
    ...(distance === null ? [] : [`distance of the domains: ${distance.toFixed(2)} of 2 (proxy A-distance)`]),
    `${String(images)} labelled images of the target, ${String(headEpochs)} epochs of the head and ${String(fineEpochs)} of the upper half, ` +
      `${String(runs.length)} repetitions, ${String(testImages)} test images:`,
    `  adapted:      ${accuracy(adaptation.transfer)}, ${String(seconds("transferSeconds"))} s`,
    `  from scratch: ${accuracy(adaptation.scratch)}, ${String(seconds("scratchSeconds"))} s, as many epochs on the same images`,
    `  gain:         ${percent(adaptation.gain.mean)}${between(adaptation.gain.interval)}, 95 %: ${adaptation.verdict}`,
  ];
  return `${lines.join("\n")}\n`;
}
