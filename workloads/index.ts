export { servingPrograms } from "./serving/programs.ts";
export type { Candidate, Expectation, Mapping, Refusal } from "./optimised-training/mapper.ts";
export type { JobScript } from "./optimised-training/job-script.ts";
export type { OptimisationRequest, SchedulerName } from "./optimised-training/dsl.ts";
export { type Optimisation, optimise, type OptimiseArgs } from "./optimised-training/optimise.ts";
export {
  OptimisedTraining,
  type OptimisedTrainingArgs,
  type JobQueue,
} from "./optimised-training/optimised-training.ts";
export { readRequest } from "./optimised-training/read-request.ts";
export {
  type FrameworkName,
  frameworkNames,
  modelNames,
  type ModelName,
  type PageCacheName,
  pageCacheNames,
  profileNames,
  type ProfileName,
  trainingPlan,
  type TrainingPlanArgs,
  trainingRoles,
  variableUpdateNames,
} from "./training/plan.ts";
export { type HostGroup, Training, type TrainingArgs } from "./training/training.ts";
export { type FindingEvidence, type ModelFindings, modelFindingsSchema } from "./model-service/findings.ts";
export { adaptAnswerSchema, type Adapted, type AdaptSettings, smallNetwork } from "./model-service/adapting.ts";
export { portAnswerSchema, type Ported, portedFormats, type PortRequest } from "./model-service/porting.ts";
export {
  detectionProgram,
  modelServicePrograms,
  portingProgram,
  transferProgram,
  workloadsFolder,
} from "./model-service/programs.ts";
export { allowsPython, pythonFor } from "./model-service/python-version.ts";
export { servedFormats } from "./model-service/service.ts";
export { type ModelRequirements, requirementsOf, type RequirementsArgs } from "./model-service/requirements.ts";
export {
  servingPlan,
  type ServedBy,
  type ServingPlanArgs,
  type ServingSeriesName,
  servingSeriesNames,
} from "./serving/plan.ts";
export { Serving, type ServingArgs } from "./serving/serving.ts";
