import type { Distribution, Results } from "../measure/results.ts";
import { boundValues, type Family, type Labels } from "./prometheus-text.ts";

/** How one metric of the requests of a series is distributed, with the labels that say whose it is. */
interface Labelled {
  readonly labels: Labels;
  readonly distribution: Distribution;
}

function distributionsOf({ environments }: Results): Labelled[] {
  return environments.flatMap(({ environment, series }) =>
    series.flatMap(({ series: name, requests }) =>
      (requests?.distributions ?? []).map((distribution) => ({
        labels: { environment, series: name, metric: distribution.metric, unit: distribution.unit },
        distribution,
      })),
    ),
  );
}

function countValues({ environments }: Results): Family["values"] {
  return environments.flatMap(({ environment, series }) =>
    series.flatMap(({ series: name, requests }) =>
      Object.entries(requests?.counts ?? {}).map(([outcome, value]) => ({
        labels: { environment, series: name, outcome },
        value,
      })),
    ),
  );
}

/** What became of requests, and the percentiles of what they took. */
export function requestFamilies(results: Results): Family[] {
  const all = distributionsOf(results);
  const percentiles = all.flatMap(({ labels, distribution }) =>
    distribution.percentiles.map((percentile) => ({ labels: { ...labels, p: String(percentile.p) }, percentile })),
  );
  return [
    {
      name: "underlay_requests",
      help: "Requests, by what became of them.",
      values: countValues(results),
    },
    {
      name: "underlay_request_mean",
      help: "Mean of what requests took, in the unit of the label.",
      values: all.flatMap(({ labels, distribution: { mean } }) => (mean === null ? [] : [{ labels, value: mean }])),
    },
    {
      name: "underlay_request_percentile",
      help: "Percentile of what requests took, in the unit of the label.",
      values: percentiles.flatMap(({ labels, percentile: { value } }) => (value === null ? [] : [{ labels, value }])),
    },
    {
      name: "underlay_request_percentile_interval",
      help: "Bounds of the 95 % interval of the percentile.",
      values: percentiles.flatMap(({ labels, percentile: { interval } }) => boundValues(labels, interval)),
    },
  ];
}

/** Why a percentile is missing. */
export function missingRequestValues(results: Results): Family["values"] {
  return distributionsOf(results).flatMap(({ labels: { environment = "", series = "", metric = "" }, distribution }) =>
    distribution.percentiles.flatMap(({ p, reason }) =>
      reason === null
        ? []
        : [{ labels: { of: `percentile ${String(p)}`, environment, series, metric, reason }, value: 1 }],
    ),
  );
}
