import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UnderlayError } from "../../measure/error.ts";
import { configNamespace } from "../../stacks/config.ts";

/** Name of the file that a project keeps a stack's configuration in. */
export const stackFileName = (stack: string): string => `Pulumi.${stack}.yaml`;

const fileSchema = z.object({ config: z.record(z.string(), z.unknown()).nullish() }).nullish();

function textOf(key: string, value: unknown, file: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "secure" in value) {
    throw new UnderlayError(
      "config-secret",
      `${file} keeps ${key} encrypted, which a preview in a backend of its own cannot open.`,
      "Give another value for the preview by --config KEY=VALUE.",
    );
  }
  return JSON.stringify(value);
}

/**
 * What a project's own file configures a stack by, as `namespace:key` and text.
 *
 * @param root folder of the project
 * @param stack its name, such as `prod` of `Pulumi.prod.yaml`
 * @param given configuration that goes before the file's
 * @returns null where there is no such file
 * @throws UnderlayError `config-invalid` when the file is none of Pulumi's, `config-secret` when a value is encrypted
 */
export function configOfStack(
  root: string,
  stack: string,
  given: Readonly<Record<string, string>>,
): Record<string, string> | null {
  const name = stackFileName(stack);
  const file = join(root, name);
  if (!existsSync(file)) return null;
  const parsed = fileSchema.safeParse(parse(readFileSync(file, "utf8")));
  if (!parsed.success) {
    throw new UnderlayError("config-invalid", `${name} is no stack's file: ${z.prettifyError(parsed.error)}`);
  }
  const own = Object.entries(parsed.data?.config ?? {}).map(([key, value]): [string, unknown] => [
    key.includes(":") ? key : `${configNamespace}:${key}`,
    value,
  ]);
  const kept = own.filter(([key]) => given[key] === undefined);
  return { ...Object.fromEntries(kept.map(([key, value]) => [key, textOf(key, value, name)])), ...given };
}
