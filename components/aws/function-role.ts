import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import type * as pulumi from "@pulumi/pulumi";
import { all } from "@pulumi/pulumi/output.js";

/** Lets a service take on a role. */
export function trust(service: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });
}

/** What a function's role is for. */
export interface FunctionRoleArgs {
  /** Tags of the role. */
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
  /** ARN of the group that it logs to. */
  readonly logGroupArn: pulumi.Input<string>;
  /** ARN of the object that it reads its model from; undefined where it has none. */
  readonly modelArn: pulumi.Input<string> | undefined;
  /** ARN of the key that this object is encrypted with; undefined for the service's own, which needs no permission. */
  readonly kmsKeyArn: pulumi.Input<string> | undefined;
}

/** A role that may write the function's own log and read its own model, and nothing else. */
export function functionRole(name: string, args: FunctionRoleArgs, parent: pulumi.ComponentResource): Role {
  const { tags, logGroupArn, modelArn, kmsKeyArn } = args;
  const role = new Role(`${name}-role`, { assumeRolePolicy: trust("lambda.amazonaws.com"), tags }, { parent });
  const policy = all([logGroupArn, modelArn, kmsKeyArn]).apply(([logs, model, key]) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Sid: "Log", Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: `${logs}:*` },
        ...(model === undefined ? [] : [{ Sid: "Model", Effect: "Allow", Action: ["s3:GetObject"], Resource: model }]),
        ...(model === undefined || key === undefined
          ? []
          : [{ Sid: "Key", Effect: "Allow", Action: ["kms:Decrypt"], Resource: key }]),
      ],
    }),
  );
  new RolePolicy(`${name}-role-policy`, { role: role.name, policy }, { parent });
  return role;
}
