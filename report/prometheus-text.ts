import type { Interval } from "../measure/results.ts";

/** What a value is of. */
export type Labels = Readonly<Record<string, string>>;
/** One metric with all that it measured. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Labels; readonly value: number }[];
}

/** Both bounds of an interval; nothing where there is none. */
export function boundValues(labels: Labels, interval: Interval | null): Family["values"] {
  if (interval === null) return [];
  return [
    { labels: { ...labels, bound: "low" }, value: interval.low },
    { labels: { ...labels, bound: "high" }, value: interval.high },
  ];
}

/** A metric in the text format of Prometheus, version 0.0.4. */
export function familyText({ name, help, values }: Family): string {
  const lines = values.map(({ labels, value }) => `${name}{${labelsText(labels)}} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join("")}`;
}

function labelsText(labels: Labels): string {
  const escaped = (value: string): string =>
    value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}
