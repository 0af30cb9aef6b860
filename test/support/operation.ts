import type { Operation } from "../../provider/resource-handler.ts";

/**
 * An operation that is told to nobody.
 *
 * @param warnings Takes what it warns of.
 */
export function quietOperation(warnings: string[] = []): Operation {
  const nothing = (): void => undefined;
  return {
    urn: "",
    signal: new AbortController().signal,
    progress: {
      status: nothing,
      info: nothing,
      warn: (line) => void warnings.push(line),
      delivered: () => Promise.resolve(),
    },
  };
}
