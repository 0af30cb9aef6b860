import type * as pulumi from "@pulumi/pulumi";
import { InputPropertiesError } from "@pulumi/pulumi/errors.js";
import type { PriceBook } from "../../catalogue/prices/schema.ts";
import type { EndpointFacts, ServedModel } from "../../measure/endpoint.ts";

/** How instances are kept warm. */
export interface KeepWarmArgs {
  /** How many: at least 1. */
  readonly minimum: number;
  /**
   * Minutes between two requests to each of them: 1 to 59. The service still ends instances as it pleases, and requests
   * that come at the same time may meet one that is not warm. @default the service provisions them, all the time
   */
  readonly everyMin?: number;
}

/** Who may ask for predictions. */
export interface JwtArgs {
  /** Who issues tokens, as an `https:` address. */
  readonly issuer: pulumi.Input<string>;
  /** For whom they must be issued. */
  readonly audiences: pulumi.Input<pulumi.Input<string>[]>;
}

/** A function's zip archive, as `FunctionPackage` makes it. */
export interface PackagedFunction {
  /** Its file on the machine at hand. */
  readonly path: string;
  /** SHA-256, in hex. */
  readonly sha256: string;
  readonly model: ServedModel;
  /** Module and function, such as `handler.handler`. */
  readonly handler: string;
  /** Such as `python3.11`. */
  readonly runtime: string;
  readonly architecture: EndpointFacts["architecture"];
}

/** A function's container image in a registry of the account. */
export interface FunctionImage {
  /** Address with a digest: `….dkr.ecr.….amazonaws.com/name@sha256:…`. */
  readonly uri: string;
  /** SHA-256 of that digest, in hex. */
  readonly sha256: string;
  readonly model: ServedModel;
  readonly architecture: EndpointFacts["architecture"];
}

/** Arguments of a {@link LambdaEndpoint}. */
export interface LambdaEndpointArgs {
  /** The function as a zip archive. One of `package` and `image` is needed. @default none: `image` is given */
  readonly package?: pulumi.Input<PackagedFunction>;
  /** The function as a container image. @default none: `package` is given */
  readonly image?: pulumi.Input<FunctionImage>;
  /** Whether the archive goes through a bucket, as one of more than 50 MiB must. @default false */
  readonly packageInBucket?: boolean;
  /** Memory of an instance, in MiB: 128 to 10240; its CPU share is proportional. @default 1024 */
  readonly memoryMiB?: number;
  /** Longest time for a request, in seconds: 1 to 900; an HTTP API gives up after 30. @default 30 */
  readonly timeoutSec?: number;
  /** Space under /tmp, in MiB: 512 to 10240. @default 512 */
  readonly ephemeralStorageMiB?: number;
  /** Instances at the same time, taken out of the account's: at least 1. @default only the account's limit */
  readonly maximumInstances?: number;
  /** Days that logs are kept: one of CloudWatch's, such as 1, 7, 14, 30. @default 14 */
  readonly logRetentionDays?: number;
  /** Key that encrypts logs and the model's bucket: its ARN. @default keys of the services */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /** File of a model that is not in the package: it is put into a bucket, from which a cold start loads it. @default none */
  readonly modelFile?: pulumi.Input<string>;
  /** Variables of the function's own. They are no secrets. @default none */
  readonly variables?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Whether only those may ask whom IAM lets invoke the API. @default false */
  readonly iamAuthorisation?: boolean;
  /** Whether only those may ask who have such a token. @default anybody may, within the limits of rate */
  readonly jwt?: JwtArgs;
  /** Requests per second that the API lets through: above 0. @default 100 */
  readonly ratePerSec?: number;
  /** Requests that it lets through at once: at least 1. @default 200 */
  readonly burst?: number;
  /** Instances that are kept warm. @default none */
  readonly keepWarm?: KeepWarmArgs;
  /** Tags of all that can have some, such as `run`, `owner` and `expires`, by which what is left is found. @default none */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
  /** What the provider charges, for `keepWarmPerMonth`. @default no price is given */
  readonly prices?: PriceBook;
}

/** The same with the defaults. */
export type Settled = LambdaEndpointArgs &
  Required<
    Pick<
      LambdaEndpointArgs,
      | "packageInBucket"
      | "memoryMiB"
      | "timeoutSec"
      | "ephemeralStorageMiB"
      | "logRetentionDays"
      | "variables"
      | "iamAuthorisation"
      | "ratePerSec"
      | "burst"
      | "tags"
    >
  >;

const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

interface Fault {
  readonly propertyPath: string;
  readonly reason: string;
}

function outside(propertyPath: string, value: number | undefined, least: number, most: number, unit: string): Fault[] {
  const fits = value === undefined || (Number.isInteger(value) && value >= least && value <= most);
  const reason = `is ${String(value)}; it must be a whole number of ${String(least)} to ${String(most)} ${unit}`;
  return fits ? [] : [{ propertyPath, reason }];
}

function faultsOf(args: LambdaEndpointArgs): Fault[] {
  const { keepWarm, ratePerSec = 1, logRetentionDays = 14, iamAuthorisation, jwt } = args;
  const fault = (wrong: boolean, propertyPath: string, reason: string): Fault[] =>
    wrong ? [{ propertyPath, reason }] : [];
  return [
    ...fault((args.package === undefined) === (args.image === undefined), "package", "give it, or `image`, not both"),
    ...fault(
      args.packageInBucket === true && args.package === undefined,
      "packageInBucket",
      "an image has its registry",
    ),
    ...fault(
      iamAuthorisation === true && jwt !== undefined,
      "jwt",
      "an API has one way to authorise: drop this or IAM",
    ),
    ...fault(!(ratePerSec > 0), "ratePerSec", `is ${String(ratePerSec)}; it must be above 0`),
    ...fault(!retentions.includes(logRetentionDays), "logRetentionDays", `must be one of ${retentions.join(", ")}`),
    ...outside("memoryMiB", args.memoryMiB, 128, 10_240, "MiB"),
    ...outside("timeoutSec", args.timeoutSec, 1, 900, "seconds"),
    ...outside("ephemeralStorageMiB", args.ephemeralStorageMiB, 512, 10_240, "MiB"),
    ...outside("maximumInstances", args.maximumInstances, 1, 100_000, "instances"),
    ...outside("burst", args.burst, 1, 100_000, "requests"),
    ...outside("keepWarm.minimum", keepWarm?.minimum, 1, 100_000, "instances"),
    ...outside("keepWarm.everyMin", keepWarm?.everyMin, 1, 59, "minutes"),
  ];
}

/**
 * Checks arguments and fills in defaults.
 *
 * @throws InputPropertiesError naming every argument that is wrong, its value and what is allowed
 */
export function settle(args: LambdaEndpointArgs): Settled {
  const faults = faultsOf(args);
  if (faults.length > 0) {
    throw new InputPropertiesError({ message: "A LambdaEndpoint cannot be made like this.", errors: faults });
  }
  return {
    packageInBucket: false,
    memoryMiB: 1024,
    timeoutSec: 30,
    ephemeralStorageMiB: 512,
    logRetentionDays: 14,
    variables: {},
    iamAuthorisation: false,
    ratePerSec: 100,
    burst: 200,
    tags: {},
    ...args,
  };
}
