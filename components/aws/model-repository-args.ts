import type * as pulumi from "@pulumi/pulumi";
import { InputPropertiesError } from "@pulumi/pulumi/errors.js";

/** What a build may do besides, in the form of IAM. */
export interface AllowedAction {
  /** Actions, each named whole. */
  readonly actions: readonly string[];
  /** ARNs of what they are done to. */
  readonly resources: pulumi.Input<pulumi.Input<string>[]>;
}

/** Where a build runs in a network of one's own. */
export interface BuildNetwork {
  /** Its VPC. */
  readonly vpcId: pulumi.Input<string>;
  /** Private subnets with a way to the services of AWS, to the package index, and to a private cluster's API. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** ARNs of these subnets, for the build's role. */
  readonly subnetArns: pulumi.Input<pulumi.Input<string>[]>;
  /** Security groups of the build. */
  readonly securityGroupIds: pulumi.Input<pulumi.Input<string>[]>;
}

/** Arguments of a {@link ModelRepository}. */
export interface ModelRepositoryArgs {
  /** Name of the service that the models are versions of: letters, digits, dashes. */
  readonly service: string;
  /**
   * Image that builds run in, by its digest: with Node, Python, podman, jq, the AWS CLI and `underlay` after its set-up. What
   * deploys has to be in it, too.
   */
  readonly builder: pulumi.Input<string>;
  /**
   * Commands that deploy, each a line of a POSIX shell, after an image has been built, has predicted and has been pushed.
   * `$IMAGE` is that image with its digest, `$SERVICE` its service, `$MODEL_VERSION` the version of its object.
   */
  readonly deploy: readonly string[];
  /** What these commands may do. @default nothing */
  readonly deployMay?: readonly AllowedAction[];
  /** Beginning of the keys that start a build. @default "models/" */
  readonly prefix?: string;
  /** End of the keys that start a build: archives of sources. @default ".zip" */
  readonly suffix?: string;
  /** Whether containers may be built in it: they need a privileged builder unless it has user namespaces. @default false */
  readonly privileged?: boolean;
  /** Size of the builder, as CodeBuild calls it. @default "BUILD_GENERAL1_MEDIUM" */
  readonly computeType?: string;
  /** Longest time of a build, in minutes: 5 to 480. @default 60 */
  readonly timeoutMin?: number;
  /** Network that builds run in. @default CodeBuild's own, which reaches the internet and nothing of yours */
  readonly network?: BuildNetwork;
  /** Images that are kept: at least 2. @default 20 */
  readonly keepImages?: number;
  /** Days that logs are kept: one of CloudWatch's, such as 1, 7, 14, 30. @default 14 */
  readonly logRetentionDays?: number;
  /** Key that encrypts models, images, messages and logs: its ARN. @default keys of the services */
  readonly kmsKeyArn?: pulumi.Input<string>;
}

const defaults = {
  ...{ prefix: "models/", suffix: ".zip", privileged: false, computeType: "BUILD_GENERAL1_MEDIUM" },
  ...{ timeoutMin: 60, keepImages: 20, logRetentionDays: 14 },
  deployMay: [] as readonly AllowedAction[],
};

/** The same with the defaults. */
export type SettledRepository = ModelRepositoryArgs & typeof defaults;

/**
 * Checks arguments and fills in defaults.
 *
 * @throws InputPropertiesError naming every argument that is wrong, its value and what is allowed
 */
export function settleRepository(args: ModelRepositoryArgs): SettledRepository {
  const settled = { ...defaults, ...args };
  const { service, deploy, deployMay, timeoutMin, keepImages, builder } = settled;
  const fault = (wrong: boolean, propertyPath: string, reason: string) => (wrong ? [{ propertyPath, reason }] : []);
  const whole = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  const wide = deployMay.flatMap(({ actions }) => actions).filter((action) => action.includes("*"));
  const errors = [
    ...fault(
      !/^[a-z][a-z0-9-]{0,39}$/.test(service),
      "service",
      `is "${service}"; it must be small letters, digits and dashes`,
    ),
    ...fault(
      typeof builder === "string" && !/@sha256:[0-9a-f]{64}$/.test(builder),
      "builder",
      "must name one image for good: end it with `@sha256:…`",
    ),
    ...fault(deploy.length === 0, "deploy", "has no command: nothing would be served"),
    ...fault(wide.length > 0, "deployMay", `has ${wide.join(", ")}; name each action whole`),
    ...fault(!whole(timeoutMin, 5, 480), "timeoutMin", `is ${String(timeoutMin)}; it must be 5 to 480`),
    ...fault(!whole(keepImages, 2, 1000), "keepImages", `is ${String(keepImages)}; it must be 2 to 1000`),
  ];
  if (errors.length === 0) return settled;
  throw new InputPropertiesError({ message: "A ModelRepository cannot be made like this.", errors });
}
