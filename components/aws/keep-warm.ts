import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import type { Alias } from "@pulumi/aws/lambda/alias.js";
import { ProvisionedConcurrencyConfig } from "@pulumi/aws/lambda/provisionedConcurrencyConfig.js";
import { Schedule } from "@pulumi/aws/scheduler/schedule.js";
import type * as pulumi from "@pulumi/pulumi";
import type { KeepWarmArgs, Settled } from "./lambda-endpoint-args.ts";
import { trust } from "./function-role.ts";

/** The event that only keeps an instance warm: the handler classifies its own image, as any `GET`. */
const event = JSON.stringify({
  version: "2.0",
  requestContext: { http: { method: "GET", path: "/predict" } },
  headers: {},
});

/**
 * Keeps instances of a function warm: those that the service provisions, or by requests that come at the same time, one
 * for each.
 */
export function keepWarm(
  name: string,
  alias: Alias,
  args: KeepWarmArgs & Pick<Settled, "tags">,
  parent: pulumi.ComponentResource,
): void {
  const { minimum, everyMin, tags } = args;
  if (everyMin === undefined) {
    new ProvisionedConcurrencyConfig(
      `${name}-provisioned`,
      { functionName: alias.functionName, qualifier: alias.name, provisionedConcurrentExecutions: minimum },
      { parent },
    );
    return;
  }
  const role = new Role(
    `${name}-warmer-role`,
    { assumeRolePolicy: trust("scheduler.amazonaws.com"), tags },
    { parent },
  );
  const policy = alias.arn.apply((arn) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Sid: "Warm", Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: arn }],
    }),
  );
  const allowed = new RolePolicy(`${name}-warmer-policy`, { role: role.name, policy }, { parent });
  const unit = everyMin === 1 ? "minute" : "minutes";
  for (let instance = 1; instance <= minimum; instance += 1) {
    new Schedule(
      `${name}-warmer-${String(instance)}`,
      {
        scheduleExpression: `rate(${String(everyMin)} ${unit})`,
        flexibleTimeWindow: { mode: "OFF" },
        target: { arn: alias.arn, roleArn: role.arn, input: event, retryPolicy: { maximumRetryAttempts: 0 } },
      },
      { parent, dependsOn: [allowed] },
    );
  }
}
