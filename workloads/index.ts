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
} from "./training/plan.ts";
export { Training, type TrainingArgs } from "./training/training.ts";
