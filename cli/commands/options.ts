import { Option } from "commander";

/** The option `--json`. */
export const json = (): Option => new Option("--json", "print JSON");

/** Keeps every value of an option that may be repeated. */
export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
