import { LambdaEndpoint } from "../components/aws/index.ts";
import { load, servedPackage } from "./serverless.ts";
import type { ServingSettings } from "./serving-config.ts";
import type { StackOutputs } from "./outputs.ts";
import { startRun, tagsOf } from "./tenure.ts";

/** Where the function is, and by whose account: as the AWS provider is told. */
export interface AwsLogin {
  /** Such as `eu-central-1`. @default that of the AWS command line */
  readonly region?: string | undefined;
  /** Section of the user's AWS configuration. @default that of the AWS command line */
  readonly profile?: string | undefined;
}

/** The command that prints REPORT lines, a message a line: the AWS command line has pages and retries in it. */
function reportCommand(logGroup: string, { region, profile }: AwsLogin): string[] {
  return [
    ...["aws", "logs", "filter-log-events", "--log-group-name", logGroup, "--filter-pattern", '"REPORT RequestId"'],
    ...["--query", "events[].[message]", "--output", "text"],
    ...(region === undefined ? [] : ["--region", region]),
    ...(profile === undefined ? [] : ["--profile", profile]),
  ];
}

/** Serves predictions by a function on AWS Lambda, and sends requests to it from the machine at hand. */
export function serverlessOnAws(settings: ServingSettings, login: AwsLogin): StackOutputs {
  const { memoryMiB, timeoutSec, maximumInstances } = settings;
  const run = startRun();
  const endpoint = new LambdaEndpoint("endpoint", {
    package: servedPackage(settings).archive,
    // Two of the three models are larger than what is taken directly.
    packageInBucket: true,
    memoryMiB,
    timeoutSec,
    tags: tagsOf(run),
    ...(maximumInstances === undefined ? {} : { maximumInstances }),
  });
  const reportsBy = endpoint.logGroupName.apply((logGroup) => reportCommand(logGroup, login));
  return load(settings, { run, endpoint, reportsBy });
}
