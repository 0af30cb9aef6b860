import { z } from "zod";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { execute } from "../../provider/execute.ts";
import { type Tagged, type Target, unreachable } from "./target.ts";

const answerSchema = z.object({
  ResourceTagMappingList: z.array(
    z.object({ ResourceARN: z.string(), Tags: z.array(z.object({ Key: z.string(), Value: z.string() })) }),
  ),
});

/** The caller's variables that the AWS CLI logs in by. */
const login = /^(?:AWS_|HOME$|HTTPS?_PROXY$|NO_PROXY$)/i;

async function aws(words: readonly string[]): Promise<string> {
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && login.test(name) ? [[name, value] as const] : [],
  );
  return execute(["aws", ...words, "--output", "json"], { timeoutSec: 300, env: Object.fromEntries(own) });
}

/** What the tagging API tells of runs, by the tags that policies ask for. */
export function taggedIn(text: string): Tagged[] {
  return answerSchema.parse(JSON.parse(text)).ResourceTagMappingList.flatMap(({ ResourceARN: arn, Tags }): Tagged[] => {
    const tags = new Map(Tags.map(({ Key, Value }) => [Key, Value]));
    const runId = tags.get("run");
    const [, , service = "", , , ...rest] = arn.split(":");
    const resource = rest.join(":");
    const kind = `${service} ${/^[\w-]+(?=[:/])/.exec(resource)?.[0] ?? ""}`.trim();
    const name = resource.replace(/^[\w-]+[:/]/, "");
    return runId === undefined ? [] : [{ kind, runId, id: arn, name, expires: tags.get("expires") ?? null }];
  });
}

/** The command that deletes a resource; null for kinds that are only listed. */
export function deletionOf({ kind, name, id }: Tagged): string[] | null {
  const [, , , region = ""] = id.split(":");
  const where = region === "" ? [] : ["--region", region];
  switch (kind) {
    case "lambda function":
      return ["lambda", "delete-function", "--function-name", name, ...where];
    case "ec2 instance":
      return ["ec2", "terminate-instances", "--instance-ids", name, ...where];
    case "ec2 security-group":
      return ["ec2", "delete-security-group", "--group-id", name, ...where];
    case "logs log-group":
      return ["logs", "delete-log-group", "--log-group-name", name, ...where];
    case "apigateway": {
      const [, api] = /^\/apis\/(\w+)$/.exec(name) ?? [];
      return api === undefined ? null : ["apigatewayv2", "delete-api", "--api-id", api, ...where];
    }
    default:
      return null;
  }
}

/** The account and region that the AWS CLI is logged in to. */
export function awsTarget(): Target {
  return {
    list: async () => {
      try {
        return taggedIn(await aws(["resourcegroupstaggingapi", "get-resources", "--tag-filters", "Key=run"]));
      } catch (thrown) {
        throw unreachable("aws", messageOf(thrown));
      }
    },
    remove: async (one) => {
      const words = deletionOf(one);
      if (words === null) {
        throw new UnderlayError(
          "aws-kind-unknown",
          `${one.id} is of a kind that is only listed.`,
          "Destroy its stack, or delete it in the console.",
        );
      }
      await aws(words);
    },
  };
}
