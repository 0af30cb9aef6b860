import type { EnvironmentName, HostFacts } from "../../../measure/facts.ts";
import type { BlockLine, RecordLine, ScheduleParameters } from "../../../measure/record.ts";
import type { RunStatus } from "../../../measure/run.ts";

/** Facts of a host, the same for all unless changed. */
export function exampleFacts(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    kernelRelease: "6.1.0-40-amd64",
    virtualisation: "none",
    machineVirtualisation: "kvm",
    operatingSystem: "Debian GNU/Linux 12 (bookworm)",
    cpuModel: "Example CPU",
    cpus: 1,
    memoryMiB: 2048,
    accelerators: [],
    containerRuntime: null,
    imageDigest: null,
    rootDigest: "sha256:aaaa",
    limits: { cpus: { mechanism: "affinity", value: 1 }, memory: { mechanism: "cgroup v2", value: 2048 } },
    ...changes,
  };
}

/** What a record is made from. */
export interface Example {
  readonly schedule: ScheduleParameters;
  readonly baseline?: EnvironmentName;
  readonly status?: RunStatus | null;
  readonly environments: readonly {
    readonly environment: EnvironmentName;
    readonly facts?: Partial<HostFacts>;
    readonly launchSeconds?: number;
    readonly stopSeconds?: number;
    /** Seconds of a block of 8 images; null leaves it out. */
    readonly seconds: (series: string, round: number, block: number) => number | null;
    readonly hostSeconds?: (seconds: number) => number;
    /** Further numbers of a block. */
    readonly metrics?: (series: string, round: number, block: number) => Record<string, number>;
    readonly companions?: readonly string[];
  }[];
}

/** Time `index` of a record, one second after the other. */
function timeAt(index: number): string {
  return new Date(Date.UTC(2026, 0, 2) + 1000 * index).toISOString();
}

/** A record of an example, in a simple order: all of an environment's round, then the next environment. */
export function exampleRecord({ schedule, baseline = "bare-metal", status = "complete", environments }: Example) {
  const at = timeAt(0);
  const lines: RecordLine[] = [
    {
      type: "run",
      schemaVersion: 1,
      runId: "k3x9",
      at,
      underlay: "0.1.0",
      workload: "training",
      options: { model: "resnet50", batch: 4 },
      programDigest: "sha256:bbbb",
      profile: "quick",
      baseline,
      schedule,
    },
    ...environments.map(({ environment, facts, companions }): RecordLine => {
      const beside = companions?.map((role) => ({ role, facts: exampleFacts(facts) }));
      const more = beside === undefined ? {} : { companions: beside };
      return { type: "environment", environment, facts: exampleFacts(facts), ...more };
    }),
  ];
  for (let round = 0; round < schedule.rounds; round += 1) {
    for (const example of environments) lines.push(...roundOf(example, schedule, round, lines.length));
  }
  if (status !== null) lines.push({ type: "end", at: timeAt(lines.length), status });
  return lines;
}

function roundOf(
  example: Example["environments"][number],
  schedule: ScheduleParameters,
  round: number,
  index: number,
): RecordLine[] {
  const { environment, launchSeconds = 10, stopSeconds = 1, seconds, hostSeconds = (own) => own * 1.01 } = example;
  const { metrics = () => ({}) } = example;
  const blocks = schedule.series.flatMap(({ name, blocksPerRound }) =>
    Array.from({ length: blocksPerRound }, (_, block) => ({ name, block, time: seconds(name, round, block) })),
  );
  const measured = blocks.flatMap(({ name, block, time }, offset): BlockLine[] => {
    if (time === null) return [];
    const place = { type: "block", environment, round, block, series: name, at: timeAt(index + 1 + offset) } as const;
    const times = { seconds: time, hostSeconds: hostSeconds(time), steps: [time / 2, time / 2] };
    return [{ ...place, items: 8, unit: "images", ...times, metrics: metrics(name, round, block) }];
  });
  const common = { environment, round } as const;
  return [
    {
      type: "launch",
      ...common,
      at: timeAt(index),
      seconds: launchSeconds,
      startSeconds: launchSeconds / 10,
      parts: { import: launchSeconds / 2, build: launchSeconds / 5 },
      facts: { tensorflow: "2.21.0" },
    },
    ...measured,
    {
      type: "stop",
      ...common,
      at: timeAt(index + 1 + measured.length),
      seconds: stopSeconds,
      peakMemoryMiB: 1234.5,
    },
  ];
}

/** A schedule of one series. */
export function oneSeries(blocksPerRound: number, rounds = 1): ScheduleParameters {
  return { seed: 7, rounds, series: [{ name: "synthetic", blocksPerRound, steps: 2 }] };
}

/** Where an example's record is. */
export const exampleFile = { path: "out/record.jsonl", sha256: "0".repeat(64) } as const;
