export {
  modelNames,
  type ModelName,
  profileNames,
  type ProfileName,
  trainingPlan,
  type TrainingPlanArgs,
} from "./training/plan.ts";
export { Training, type TrainingArgs } from "./training/training.ts";
