import { z } from "zod";
import { type Planned, resourceRule } from "./rule.ts";

const lambda = z.object({
  memorySize: z.number().nullish(),
  timeout: z.number().nullish(),
  loggingConfig: z.object({ logGroup: z.unknown() }).nullish(),
});
const logGroup = z.object({ retentionInDays: z.number().nullish() });
const stage = z.object({
  defaultRouteSettings: z
    .object({ throttlingRateLimit: z.number().nullish(), throttlingBurstLimit: z.number().nullish() })
    .nullish(),
});

function missing({ type, props }: Planned): string[] {
  const unless = (there: unknown, what: string): string[] => (there === undefined || there === null ? [what] : []);
  switch (type) {
    case "aws:lambda/function:Function": {
      const { memorySize, timeout, loggingConfig } = lambda.parse(props);
      return [
        ...unless(memorySize, "memory"),
        ...unless(timeout, "a timeout"),
        ...unless(loggingConfig, "a log group of its own"),
      ];
    }
    case "aws:cloudwatch/logGroup:LogGroup":
      // Nought is for ever.
      return (logGroup.parse(props).retentionInDays ?? 0) > 0 ? [] : ["an end of its logs"];
    default: {
      const { throttlingRateLimit = 0, throttlingBurstLimit = 0 } = stage.parse(props).defaultRouteSettings ?? {};
      return (throttlingRateLimit ?? 0) > 0 && (throttlingBurstLimit ?? 0) > 0
        ? []
        : ["a limit of its rate of requests"];
    }
  }
}

/** A function costs what it was meant to cost. */
export const functionLimits = resourceRule({
  name: "function-limits",
  description: "Functions have memory, a timeout and logs that end, and their API a limited rate.",
  remedy: "Set memorySize, timeout and loggingConfig; retentionInDays; throttlingRateLimit and throttlingBurstLimit.",
  types: /^aws:(?:lambda\/function:Function|cloudwatch\/logGroup:LogGroup|apigatewayv2\/stage:Stage)$/,
  config: z.strictObject({}),
  check: (resource) => missing(resource).map((what) => `lacks ${what}`),
});
