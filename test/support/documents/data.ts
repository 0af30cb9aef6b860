// Holds data that documents show against the schema that would read it.
import { spawnSync } from "node:child_process";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { z } from "zod";
import { publishedFormats } from "../../../docs/schemas/formats.ts";
import { messageOf } from "../../../measure/error.ts";
import { rules } from "../../../policy/rules.ts";
import type { Block } from "./blocks.ts";
import { configurationProblem } from "./configuration.ts";

const enforcement = ["advisory", "mandatory", "remediate", "disabled"];

/** The configuration of the policy pack, as `--policy-pack-config` takes it. */
const policyConfiguration = z.strictObject(
  Object.fromEntries(
    rules.map(({ name, config }) => [name, z.union([config.partial().strict(), z.enum(enforcement)]).optional()]),
  ),
);

/** What a schema says of data; empty when it is right. */
function schemaProblems(name: string, data: unknown): string[] {
  if (name === "policies") {
    return (
      policyConfiguration.safeParse(data).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ??
      []
    );
  }
  const schema = publishedFormats()[`${name}.schema.json`];
  if (schema === undefined) return [`there is no schema ${name}`];
  const ajv = new Ajv2020({ strict: false, formats: { "date-time": true } });
  return ajv.validate(schema, data) ? [] : [ajv.errorsText()];
}

/** What is wrong with a block of JSON; empty when nothing is. */
export function jsonProblems({ text, schema }: Block): string[] {
  if (schema === null) return ["says no schema: <!-- block: schema NAME -->"];
  try {
    return schemaProblems(schema, JSON.parse(text));
  } catch (thrown) {
    return [messageOf(thrown)];
  }
}

/** A file of a Pulumi project, and that of a stack. */
const pulumiFile = z.union([
  z.strictObject({ config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) }),
  z.looseObject({
    plugins: z.strictObject({ providers: z.array(z.strictObject({ name: z.string(), path: z.string() })) }),
  }),
]);

/** What is wrong with a block of YAML; empty when nothing is. */
export function yamlProblems({ text, notRun }: Block): string[] {
  try {
    const data: unknown = parse(text);
    if (notRun !== null) return [];
    const { success, data: file } = pulumiFile.safeParse(data);
    if (!success) return ["is neither a Pulumi project nor the configuration of a stack, and says no reason"];
    if (!("config" in file)) return [];
    const config = z.record(z.string(), z.coerce.string()).parse(file.config);
    const problem = configurationProblem(config);
    return problem === null ? [] : [problem];
  } catch (thrown) {
    return [messageOf(thrown)];
  }
}

/** What is wrong with a block of Python; empty when nothing is. */
export function pythonProblems({ text }: Block): string[] {
  const program = "import ast, sys; ast.parse(sys.stdin.read())";
  const { status, stderr, error } = spawnSync("python3", ["-I", "-c", program], { input: text, encoding: "utf8" });
  return error === undefined && status !== 0 ? [stderr.trim().split("\n").at(-1) ?? "cannot be parsed"] : [];
}
