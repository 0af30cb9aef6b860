import { z } from "zod";
import { podTypes, variablesOf } from "./pods.ts";
import { type Planned, resourceRule } from "./rule.ts";

/** What secrets look like; each is what its issuer documents. */
const shapes: readonly (readonly [string, RegExp])[] = [
  ["an AWS access key", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["a private key", /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{36}\b/],
  ["a JSON web token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ["a password", /\b(?:password|passwd|secret|token|api[_-]?key)["']?\s*[:=]\s*["']?[^\s"'${}<]{6,}/i],
];
const secretName = /PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL/i;
/** Where a secret is, rather than one: a reference, a path, a name of the service. */
const reference = /^(?:$|\/|\$\{|arn:|file:|https?:\/\/[^:@]*$)/;

const instance = z.object({ userData: z.string().nullish() });
const lambda = z.object({
  environment: z.object({ variables: z.record(z.string(), z.string()).nullish() }).nullish(),
});
/** Cloud-init gives a server its own host key this way; nobody else has it. */
const hostKeys = /"?ssh_keys"?\s*:\s*\{[^}]*\}/g;

const inText = (text: string): string[] => shapes.flatMap(([what, shape]) => (shape.test(text) ? [what] : []));

function inVariables(variables: readonly (readonly [string, string])[]): string[] {
  return variables.flatMap(([name, value]) => {
    const byName = secretName.test(name) && !reference.test(value) ? ["a secret"] : [];
    const found = [...inText(value), ...byName][0];
    return found === undefined ? [] : [`${found} in its variable ${name}`];
  });
}

function secretsOf({ type, props }: Planned): string[] {
  if (type === "aws:lambda/function:Function") {
    return inVariables(Object.entries(lambda.parse(props).environment?.variables ?? {}));
  }
  if (podTypes.test(type)) return inVariables(variablesOf(props));
  const { userData } = instance.parse(props);
  return inText((userData ?? "").replaceAll(hostKeys, "")).map((what) => `${what} in its user data`);
}

/** Secrets are given where they are kept secret. */
export const noPlainSecrets = resourceRule({
  name: "no-plain-secrets",
  description: "No secret stands in user data, in a pod's environment or in a function's variables.",
  remedy: "Keep it in a secret store, and give what runs a reference to it.",
  types: new RegExp(
    `${podTypes.source}|^aws:lambda/function:Function$|^(?:openstack:compute|aws:ec2)/instance:Instance$`,
  ),
  config: z.strictObject({}),
  check: (resource) => secretsOf(resource).map((what) => `has ${what}`),
});
