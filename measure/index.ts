export { resultsOf } from "./comparison.ts";
export { UnderlayError } from "./error.ts";
export { type EnvironmentName, environmentNames, type HostFacts } from "./facts.ts";
export type { NetworkFacts } from "./network-facts.ts";
export { parseRecord, type ParseRecordOptions } from "./parse-record.ts";
export type { RecordLine, ScheduleParameters } from "./record.ts";
export type { Cause, Comparison, Drift, Interference, Interval, Results, Summary, Verdict } from "./results.ts";
export { type Sample, samplesOf } from "./samples.ts";
export { makeSchedule, type ScheduleStep } from "./schedule.ts";
