import { UnderlayError } from "../../measure/error.ts";
import type { SchedulerName } from "./dsl.ts";

/** Occasions of mail as Slurm names them. */
const slurmWords = [
  ...["NONE", "BEGIN", "END", "FAIL", "REQUEUE", "ALL", "INVALID_DEPEND", "STAGE_OUT"],
  ...["TIME_LIMIT", "TIME_LIMIT_90", "TIME_LIMIT_80", "TIME_LIMIT_50", "ARRAY_TASKS"],
] as const;

/**
 * What the letters of PBS mean in Slurm's words. `a`: ended by the batch system; `b`: begins; `e`: ends; `f` (Torque): ends
 * with another status than 0; `n`: no mail, which in Torque leaves mail of failures; `p` (Torque): never.
 */
const lettersToWords: Readonly<Record<string, readonly string[]>> = {
  a: ["FAIL", "INVALID_DEPEND", "TIME_LIMIT"],
  b: ["BEGIN"],
  e: ["END"],
  f: ["FAIL"],
  n: ["FAIL"],
  p: ["NONE"],
};

/** The same the other way round. What is not here, PBS has no mail for. */
const wordsToLetters: Readonly<Record<string, string>> = {
  BEGIN: "b",
  END: "e",
  FAIL: "af",
  ALL: "abef",
  INVALID_DEPEND: "a",
  TIME_LIMIT: "a",
};

/** Mail flags in the words of one scheduler. */
export interface MailFlags {
  /** What goes into the header; null for no line at all. */
  readonly flags: string | null;
  /** What was asked for and this scheduler has no mail for. */
  readonly dropped: readonly string[];
}

function inOrder(letters: Iterable<string>, order: string): string {
  const given = new Set(letters);
  return Array.from(order)
    .filter((letter) => given.has(letter))
    .join("");
}

function toSlurm(letters: string): MailFlags {
  const wanted = new Set(Array.from(letters).flatMap((letter) => lettersToWords[letter] ?? []));
  return { flags: slurmWords.filter((word) => wanted.has(word)).join(","), dropped: [] };
}

function fromSlurm(words: readonly string[], scheduler: "torque" | "pbs"): MailFlags {
  if (words.includes("NONE")) return { flags: scheduler === "torque" ? "p" : "n", dropped: [] };
  const dropped = words.filter((word) => wordsToLetters[word] === undefined);
  const flags = ofPbs(
    words.flatMap((word) => Array.from(wordsToLetters[word] ?? "")),
    scheduler,
  ).flags;
  return { flags, dropped };
}

/** Letters as Torque or PBS Professional has them: `f` and `p` are Torque's own. */
function ofPbs(letters: readonly string[], scheduler: "torque" | "pbs"): MailFlags {
  if (letters.length === 0) return { flags: null, dropped: [] };
  if (scheduler === "torque") return { flags: inOrder(letters, "abefnp"), dropped: [] };
  const known = inOrder(letters.includes("p") ? ["n"] : letters, "aben");
  // PBS Professional mails of every end or of none.
  const onlyFailures = letters.includes("f") && !letters.includes("e") && !letters.includes("a");
  return {
    flags: onlyFailures ? inOrder(["e", ...Array.from(known)], "aben") : known === "" ? null : known,
    dropped: [],
  };
}

/**
 * The occasions of mail in the words of a scheduler, whichever they were asked for in.
 *
 * @param asked words of Slurm with commas between, such as `BEGIN,END`, or letters of PBS, such as `abe`
 * @param scheduler who sends the mail
 * @throws UnderlayError `mail-invalid` when it is neither
 */
export function mailFlags(asked: string, scheduler: SchedulerName): MailFlags {
  if (asked === "" || scheduler === "bash") return { flags: null, dropped: asked === "" ? [] : [asked] };
  const words = asked.split(",");
  const ofSlurm = words.every((word) => (slurmWords as readonly string[]).includes(word));
  const ofLetters = /^(?:[abef]+|n|p)$/.test(asked);
  if ((!ofSlurm && !ofLetters) || (words.includes("NONE") && words.length > 1)) {
    throw new UnderlayError(
      "mail-invalid",
      `job.job_options.request_event_notification is "${asked}", but must be words of Slurm or letters of PBS.`,
      `Slurm: ${slurmWords.join(", ")}, with commas between, NONE alone. PBS: letters of abef, or n or p alone.`,
    );
  }
  if (scheduler === "slurm") return ofSlurm ? { flags: asked, dropped: [] } : toSlurm(asked);
  return ofSlurm ? fromSlurm(words, scheduler) : ofPbs(Array.from(asked), scheduler);
}
