import type { HostFacts } from "../measure/facts.ts";
import type { RecordLine } from "../measure/record.ts";
import type { Results } from "../measure/results.ts";
import { dash, shortDigest } from "./number-text.ts";
import { baselineFirst } from "./run.ts";

/** One fact of one environment. */
export interface FactCell {
  /** As it is shown: a digest is shortened, a missing fact is a dash with its reason. */
  readonly text: string;
  /** The whole of it when `text` is a part; null otherwise. */
  readonly full: string | null;
  /** Whether it differs from the first column's, which is the baseline's. */
  readonly differs: boolean;
}

/** One fact of all environments, the baseline first. */
export interface FactRow {
  readonly name: string;
  readonly cells: readonly FactCell[];
}

type Fact = readonly [name: string, value: (facts: HostFacts) => string];

const hostFacts: readonly Fact[] = [
  ["kernel release", ({ kernelRelease }) => kernelRelease],
  ["virtualisation", ({ virtualisation }) => virtualisation],
  ["virtualisation of the machine itself", ({ machineVirtualisation }) => machineVirtualisation],
  ["operating system", ({ operatingSystem }) => operatingSystem],
  ["CPU model", ({ cpuModel }) => cpuModel],
  ["CPUs", ({ cpus }) => String(cpus)],
  ["CPU limit", ({ limits }) => `${limits.cpus.value} by ${limits.cpus.mechanism}`],
  ["memory, MiB", ({ memoryMiB }) => String(Math.round(memoryMiB))],
  ["memory limit", ({ limits }) => `${limits.memory.value} MiB by ${limits.memory.mechanism}`],
  ["accelerators", ({ accelerators }) => (accelerators.length === 0 ? "none" : accelerators.join(", "))],
  ["container runtime", ({ containerRuntime }) => containerRuntime ?? `${dash} (no container)`],
  ["image digest", ({ imageDigest }) => imageDigest ?? `${dash} (no container)`],
  ["root file system digest", ({ rootDigest }) => rootDigest],
];

/** What set the environments apart and what was equal, by what the hosts report. */
export function hostFactRows(results: Results): FactRow[] {
  const environments = baselineFirst(results);
  return hostFacts.map(([name, value]) => ({ name, cells: cellsOf(environments.map(({ facts }) => value(facts))) }));
}

/** What the workload's program found around itself at its first launch in each environment. */
export function programFactRows(results: Results, lines: readonly RecordLine[]): FactRow[] {
  const found = baselineFirst(results).map(({ environment }) => {
    const launch = lines.find((line) => line.type === "launch" && line.environment === environment);
    return launch?.type === "launch" ? launch.facts : null;
  });
  const names = [...new Set(found.flatMap((facts) => Object.keys(facts ?? {})))];
  return names.map((name) => {
    const values = found.map((facts) => {
      if (facts === null) return `${dash} (no launch)`;
      return name in facts ? valueText(facts[name]) : `${dash} (not reported)`;
    });
    return { name, cells: cellsOf(values) };
  });
}

/** Any JSON value of a record as a reader sees it: text as it is, everything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cellsOf(values: readonly string[]): FactCell[] {
  return values.map((value) => {
    const text = shortDigest(value);
    return { text, full: text === value ? null : value, differs: value !== values[0] };
  });
}
