import { Api } from "@pulumi/aws/apigatewayv2/api.js";
import { Authorizer } from "@pulumi/aws/apigatewayv2/authorizer.js";
import { Integration } from "@pulumi/aws/apigatewayv2/integration.js";
import { Route } from "@pulumi/aws/apigatewayv2/route.js";
import { Stage } from "@pulumi/aws/apigatewayv2/stage.js";
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import type { Alias } from "@pulumi/aws/lambda/alias.js";
import { Permission } from "@pulumi/aws/lambda/permission.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Output } from "@pulumi/pulumi/output.js";
import type { Settled } from "./lambda-endpoint-args.ts";

/** Longest time that an HTTP API waits for a function, in ms. */
const longestMs = 30_000;

/** What is noted down of each request: nothing that its sender may want to keep to himself. */
const accessLogFormat = JSON.stringify({
  requestId: "$context.requestId",
  time: "$context.requestTime",
  route: "$context.routeKey",
  status: "$context.status",
  responseLength: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integrationLatency",
  error: "$context.error.message",
  integrationError: "$context.integrationErrorMessage",
});

/** Where requests are noted down. */
function accessLog(name: string, args: Settled, parent: pulumi.ComponentResource): LogGroup {
  const { kmsKeyArn, tags, logRetentionDays: retentionInDays } = args;
  const encrypted = kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn };
  return new LogGroup(`${name}-access-log`, { retentionInDays, tags, ...encrypted }, { parent });
}

/** An HTTP API before a function: `GET` and `POST` of `/predict`, limited in rate, with a log of requests. */
export function httpApi(name: string, alias: Alias, args: Settled, parent: pulumi.ComponentResource): Output<string> {
  const opts = { parent };
  const api = new Api(`${name}-api`, { protocolType: "HTTP", tags: args.tags }, opts);
  const integration = new Integration(
    `${name}-integration`,
    {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: alias.arn,
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: Math.min(longestMs, args.timeoutSec * 1000),
    },
    opts,
  );
  const authorisation = authorisationOf(name, api, args, parent);
  const routes = ["GET", "POST"].map(
    (method) =>
      new Route(
        `${name}-${method.toLowerCase()}`,
        {
          apiId: api.id,
          routeKey: `${method} /predict`,
          target: integration.id.apply((id) => `integrations/${id}`),
          ...authorisation,
        },
        opts,
      ),
  );
  const logs = accessLog(name, args, parent);
  new Stage(
    `${name}-stage`,
    {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
      defaultRouteSettings: { throttlingRateLimit: args.ratePerSec, throttlingBurstLimit: args.burst },
      accessLogSettings: { destinationArn: logs.arn, format: accessLogFormat },
    },
    { ...opts, dependsOn: routes },
  );
  new Permission(
    `${name}-permission`,
    {
      action: "lambda:InvokeFunction",
      function: alias.functionName,
      qualifier: alias.name,
      principal: "apigateway.amazonaws.com",
      // Of this API alone, on any of its stages: the two routes.
      sourceArn: api.executionArn.apply((arn) => `${arn}/*/*/predict`),
    },
    opts,
  );
  return api.apiEndpoint;
}

function authorisationOf(
  name: string,
  api: Api,
  { iamAuthorisation, jwt }: Settled,
  parent: pulumi.ComponentResource,
): { authorizationType: string; authorizerId?: Output<string> } {
  if (iamAuthorisation) return { authorizationType: "AWS_IAM" };
  if (jwt === undefined) return { authorizationType: "NONE" };
  const authorizer = new Authorizer(
    `${name}-authorizer`,
    {
      apiId: api.id,
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: { issuer: jwt.issuer, audiences: jwt.audiences },
    },
    { parent },
  );
  return { authorizationType: "JWT", authorizerId: authorizer.id };
}
