import { UnderlayError } from "../measure/error.ts";

/**
 * Configuration that was given as `--config KEY=VALUE`, the last of each key.
 *
 * @throws UnderlayError `config-invalid` when one is no pair
 */
export function pairsOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word): [string, string] => {
      const at = word.indexOf("=");
      if (at < 1) {
        throw new UnderlayError(
          "config-invalid",
          `--config is "${word}".`,
          "Write it as KEY=VALUE, such as --config rounds=5.",
        );
      }
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
