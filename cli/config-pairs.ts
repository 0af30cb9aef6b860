import { resolve } from "node:path";
import { UnderlayError } from "../measure/error.ts";
import { configNamespace, pathKeys } from "../stacks/config.ts";

/**
 * A stack's configuration, as `namespace:key` and text. Files and folders are from where the command was called, not
 * from where Pulumi runs the program.
 *
 * @param own keys that the command sets itself; those that are undefined are left out
 * @param given `KEY=VALUE` words of `--config`, which come last
 * @throws UnderlayError `config-invalid` when one of these is no pair
 */
export function stackConfig(
  own: Readonly<Record<string, string | undefined>>,
  given: readonly string[],
): Record<string, string> {
  const all: Record<string, string | undefined> = { ...own, ...Object.fromEntries(given.map(pairOf)) };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) =>
      value === undefined
        ? []
        : [[`${configNamespace}:${key}`, pathKeys.has(key) && value !== "" ? resolve(value) : value]],
    ),
  );
}

function pairOf(word: string): [string, string] {
  const at = word.indexOf("=");
  if (at < 1) {
    throw new UnderlayError(
      "config-invalid",
      `--config is "${word}".`,
      "Write it as KEY=VALUE, such as --config rounds=5.",
    );
  }
  return [word.slice(0, at), word.slice(at + 1)];
}
