export {
  type Advice,
  advise,
  type Candidate,
  type MeasuredCell,
  type Qualification,
  type Question,
  type Range,
} from "./advice.ts";
export { resultsOf } from "./comparison.ts";
export type { EndpointAnswer, EndpointControl, EndpointFacts, ServedModel } from "./endpoint.ts";
export { UnderlayError } from "./error.ts";
export { type EnvironmentName, environmentNames, type HostFacts } from "./facts.ts";
export { type FunctionReport, parseReport } from "./function-report.ts";
export type { NetworkFacts } from "./network-facts.ts";
export { parseRecord, type ParseRecordOptions } from "./parse-record.ts";
export type { RecordLine, ScheduleParameters } from "./record.ts";
export type { Cause, Comparison, Drift, Interference, Interval, Results, Summary, Verdict } from "./results.ts";
export { type Sample, samplesOf } from "./samples.ts";
export { type ScenarioName, scenarioNames, scenarioOf } from "./scenario.ts";
export { type BlockStep, type LaunchStep, makeSchedule, type ScheduleStep, type StopStep } from "./schedule.ts";
