import { z } from "zod";
import { resourceRule } from "./rule.ts";

const words = z.union([z.string(), z.array(z.string())]).transform((given) => [given].flat());
const statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: words.default([]),
  NotAction: words.optional(),
  Resource: words.default([]),
  NotResource: words.optional(),
});
const documentSchema = z.object({
  Statement: z.union([statement, z.array(statement)]).transform((given) => [given].flat()),
});
const policy = z.object({ policy: z.union([z.string(), z.record(z.string(), z.unknown())]) });
const attachment = z.object({ policyArn: z.string() });

type Statement = z.output<typeof statement>;

/** Whether it allows all actions, or all of a service, on everything. */
function isTooWide({ Effect, Action, NotAction, Resource, NotResource }: Statement): boolean {
  const everyAction = NotAction !== undefined || Action.some((action) => action === "*" || action.endsWith(":*"));
  const everything = NotResource !== undefined || Resource.includes("*");
  return Effect === "Allow" && everyAction && everything;
}

function wideStatements(props: unknown): string[] {
  const given = policy.parse(props).policy;
  const { Statement } = documentSchema.parse(typeof given === "string" ? JSON.parse(given) : given);
  return Statement.flatMap((one, index) =>
    isTooWide(one) ? [`allows every action on everything in statement ${one.Sid ?? String(index + 1)}`] : [],
  );
}

/** Policies that AWS keeps, and that allow everything. */
const wide = /:policy\/(?:AdministratorAccess|PowerUserAccess)$|FullAccess$/;

/** Roles may do what they have to. */
export const leastPrivilege = resourceRule({
  name: "least-privilege",
  description: "No policy allows every action, or every action of a service, on every resource.",
  remedy: "Name the actions and the resources.",
  types:
    /^aws:iam\/(?:policy:Policy|rolePolicy:RolePolicy|userPolicy:UserPolicy|groupPolicy:GroupPolicy|(?:role|user|group)PolicyAttachment:(?:Role|User|Group)PolicyAttachment)$/,
  config: z.strictObject({}),
  check: ({ type, props }) => {
    if (!type.endsWith("Attachment")) return wideStatements(props);
    const { policyArn } = attachment.parse(props);
    return wide.test(policyArn) ? [`attaches ${policyArn}, which allows everything of a service`] : [];
  },
});
