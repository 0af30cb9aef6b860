import type { TunedRatio, TunedSettings, TunerEnd, TunerSession, TuningProof } from "../measure/autotuning.ts";
import { withoutControls } from "./markup.ts";
import { intervalText, numberText, ratioText } from "./number-text.ts";

/** Settings that differ from the defaults; `the defaults` where none does. */
export function settingsText(settings: TunedSettings, defaults: TunedSettings): string {
  const changed = Object.entries(settings).filter(([name, value]) => defaults[name] !== value);
  return changed.length === 0 ? "the defaults" : changed.map(([name, value]) => `${name} ${value}`).join(", ");
}

/** One session, in a line: what it was, how fast, or why it failed. */
export function sessionLine(session: TunerSession, defaults: TunedSettings): string {
  const { phase, trial, round, side, steps, settings, secondsPerImage, reason, repeated } = session;
  const name = phase === "search" ? `trial ${trial ?? 0}` : `round ${(round ?? 0) + 1}, ${side ?? ""}`;
  const speed = secondsPerImage === null ? `failed: ${reason ?? ""}` : `${numberText(1 / secondsPerImage, 4)} images/s`;
  const known = repeated === true ? " (played before)" : "";
  return withoutControls(`${name}, ${steps} steps: ${speed}${known} with ${settingsText(settings, defaults)}`);
}

function ratioWords({ speedup, interval, n, verdict }: TunedRatio): string {
  if (speedup === null) return "not known: they never played in the same round";
  const range = interval === null ? "no interval" : `95 % interval ${intervalText(interval)}`;
  return `${ratioText(speedup)} times as fast (${range}, ${n} rounds): ${verdict}`;
}

/** What the tuner found, for a terminal. */
export function autotuningText(end: TunerEnd, { againstDefaults, compiler }: TuningProof): string {
  const { best, defaults, tried, size, brackets, outOfTime } = end;
  const searched = `${tried} of ${size} settings tried in ${brackets} brackets`;
  return [
    `best: ${settingsText(best, defaults)}`,
    `  all of them: ${Object.entries(best)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}`,
    againstDefaults === null
      ? "against the defaults: nothing that was tried is faster"
      : `against the defaults: ${ratioWords(againstDefaults)}`,
    ...(compiler === null ? [] : [`${compiler.compiler} on, against off: ${ratioWords(compiler)}`]),
    `${searched}${outOfTime ? "; the time was over" : ""}`,
    "",
  ].join("\n");
}
