import { totalmem } from "node:os";
import { z } from "zod";
import { functionEditions } from "../measure/function-edition.ts";
import { servedModelNames } from "../provider/resources.ts";
import { profileNames, type ServingSeriesName, servingSeriesNames } from "../workloads/index.ts";
import { count, isFile, oneOf, pathOf, recordDirectory, whole } from "./config-values.ts";

const machineMemoryMiB = Math.floor(totalmem() / 1024 / 1024);
const editionNames = Object.keys(functionEditions) as (keyof typeof functionEditions)[];
const decimal = z
  .string()
  .regex(/^\d+(\.\d+)?$/, "must be a number")
  .transform(Number)
  .refine((value) => value > 0, "must be above 0");

const seriesOf = (text: string): ServingSeriesName[] =>
  servingSeriesNames.filter((name) => text.split(",").includes(name));

/** Sizes of functions, in MiB: on the machine at hand no more than its memory. */
const leastMiB = 128;
const mostMiB = 10_240;

const keysOf = (memoryMiB: ReturnType<typeof whole>) =>
  z.strictObject({
    environment: z.literal("serverless"),
    target: oneOf(["local", "aws"]).default("local"),
    model: oneOf(servedModelNames).default("squeezenet-1.0"),
    weights: pathOf(isFile, "must be a file of weights").optional(),
    memoryMiB: memoryMiB.default(1769),
    edition: oneOf(editionNames).default("current"),
    timeoutSec: whole(1, 900).default(30),
    maximumInstances: whole(1, 200).optional(),
    profile: oneOf(profileNames).default("quick"),
    series: z
      .string()
      .default("cold,warm,scale")
      .refine(
        (text) => seriesOf(text).length === new Set(text.split(",")).size,
        `must be some of ${servingSeriesNames.join(", ")}, separated by commas`,
      )
      .transform(seriesOf),
    ratePerSec: decimal.optional(),
    durationSec: decimal.optional(),
    trace: pathOf(isFile, "must be a file of times").optional(),
    rounds: count.optional(),
    seed: whole(0).default(1),
    recordDirectory,
  });

const elsewhere = keysOf(whole(leastMiB, mostMiB));
const here = keysOf(whole(leastMiB, Math.min(mostMiB, machineMemoryMiB), ", the memory of this machine"));

/** What a stack that serves predictions is configured to do. */
export type ServingSettings = z.infer<typeof here>;

/** What picks such a stack with the key `environment`. */
export const servingEnvironment = here.shape.environment.value;

/** What each key of the configuration of a stack that serves predictions is read by. */
export const servingShape = here.shape;

/** These keys. */
export const servingKeys: readonly string[] = Object.keys(servingShape);

/** Configuration of a stack that serves predictions, by who provides the function. */
export function servingSchema(target: string | undefined): z.ZodType<ServingSettings> {
  return target === "aws"
    ? elsewhere.refine(({ edition }) => edition === "current", {
        path: ["edition"],
        message: "must be current where target is aws: what the service was in 2017 is only played on this machine",
        when: ({ issues }) => issues.length === 0,
      })
    : here;
}
