export { servingPrograms } from "./serving/programs.ts";
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
export { servingPlan, type ServingPlanArgs, type ServingSeriesName, servingSeriesNames } from "./serving/plan.ts";
export { Serving, type ServingArgs } from "./serving/serving.ts";
