import { readFileSync } from "node:fs";
import { UnderlayError } from "../../../measure/error.ts";
import { randomFrom } from "../../../measure/random.ts";
import type { Phase } from "./options.ts";

/** A phase whose requests do not wait for each other. */
export type OpenPhase = Extract<Phase, { kind: "scale" | "constant" | "poisson" | "replay" }>;

/**
 * When the requests of an open-loop phase are to start, in seconds from its beginning, rising: fixed before the first is
 * sent, whatever the answers do.
 *
 * @param phase Its pattern.
 * @param steps Requests; seconds of a rising rate; most requests that are taken from a file.
 * @throws UnderlayError `trace-invalid` when a file of times is none.
 */
export function arrivalsOf(phase: OpenPhase, steps: number): Float64Array {
  switch (phase.kind) {
    case "scale": {
      const seconds = Array.from({ length: steps }, (_, second) => {
        const count = phase.fromPerSec + second * phase.byPerSec;
        return Array.from({ length: count }, (__, index) => second + index / count);
      });
      return Float64Array.from(seconds.flat());
    }
    case "constant":
      return Float64Array.from({ length: steps }, (_, index) => index / phase.ratePerSec);
    case "poisson": {
      const random = randomFrom(phase.seed);
      let at = 0;
      // 1 - unit() is never 0, so the logarithm is finite.
      return Float64Array.from({ length: steps }, () => (at -= Math.log(1 - random.unit()) / phase.ratePerSec));
    }
    case "replay":
      return traceOf(readFileSync(phase.file, "utf8"), phase.file)
        .subarray(0, steps)
        .map((at) => at / phase.speed);
  }
}

/** Times of a trace, sorted, counted from the first; blank lines and those that begin with `#` are left out. */
function traceOf(text: string, file: string): Float64Array {
  const times = text.split("\n").flatMap((line, index) => {
    const word = line.trim();
    if (word === "" || word.startsWith("#")) return [];
    const seconds = Number(word);
    if (!Number.isFinite(seconds) || seconds < 0) {
      throw new UnderlayError(
        "trace-invalid",
        `Line ${index + 1} of ${file} is "${word}".`,
        "Give the start of each request in seconds, 0 or more, one a line.",
      );
    }
    return [seconds];
  });
  const sorted = Float64Array.from(times).sort();
  const [first] = sorted;
  if (first === undefined) {
    throw new UnderlayError("trace-invalid", `${file} holds no time.`, "Give the start of each request, one a line.");
  }
  return sorted.map((at) => at - first);
}
