import type { Sample } from "../measure/samples.ts";

/** Labels that have their own columns, in this order; others follow in alphabetical order. */
const knownLabels = ["run", "workload", "environment", "round", "series", "block", "step", "part"];

/**
 * Samples as CSV after RFC 4180: comma, CRLF, a header line, quotes where needed. One line per number; a label that a
 * sample does not have, and a unit that is not known, leave their field empty.
 *
 * @param samples In the order in which they are to be written.
 */
export function samplesToCsv(samples: readonly Sample[]): string {
  const found = new Set(samples.flatMap(({ labels }) => Object.keys(labels)));
  const others = [...found].filter((name) => !knownLabels.includes(name)).sort();
  const names = [...knownLabels, ...others];
  const header = ["at", ...names, "metric", "value", "unit"];
  const rows = samples.map(({ at, labels, metric, value, unit }) => [
    at,
    ...names.map((name) => labels[name] ?? ""),
    metric,
    String(value),
    unit ?? "",
  ]);
  return csvText([header, ...rows]);
}

/** Rows of fields as CSV after RFC 4180. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((fields) => `${fields.map(fieldText).join(",")}\r\n`).join("");
}

function fieldText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
