// A model on AWS Lambda behind an HTTP API that asks for IAM: two instances are kept warm by a schedule. It needs an AWS
// account; `pulumi preview` shows every resource.
import { LambdaEndpoint } from "../../components/aws/index.ts";
import { FunctionPackage } from "../../components/index.ts";
import { priceBook } from "../../catalogue/prices/index.ts";
import { servingPrograms } from "../../workloads/index.ts";

const made = new FunctionPackage("squeezenet", { directory: servingPrograms, model: "squeezenet-1.0" });

const endpoint = new LambdaEndpoint("predictions", {
  package: made.archive,
  memoryMiB: 1024,
  logRetentionDays: 7,
  iamAuthorisation: true,
  ratePerSec: 20,
  burst: 40,
  maximumInstances: 20,
  keepWarm: { minimum: 2, everyMin: 5 },
  prices: priceBook("aws-2026"),
});

/** Address of the API; predictions are at `/predict` below it. */
export const url = endpoint.url;
/** SHA-256 of the package: that of the endpoint on this machine, made from the same sources. */
export const packageSha256 = made.archive.apply(({ sha256 }) => sha256);
/** What the two warm instances cost in a month, in USD, without predictions. */
export const keepWarmPerMonth = endpoint.keepWarmPerMonth;
