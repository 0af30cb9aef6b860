import { readConfig, readHpcConfig, readServingConfig } from "./config.ts";
import { splitTenure } from "./tenure.ts";

/**
 * Checks the configuration of any stack as the stack itself does first.
 *
 * @param all all configuration of the stack, as `namespace:key` and text
 * @throws UnderlayError `config-invalid` as `readConfig` does
 */
export function checkConfig(all: Readonly<Record<string, string>>): void {
  const { rest } = splitTenure(all);
  if (readServingConfig(rest) === null && readHpcConfig(rest) === null) readConfig(all);
}
