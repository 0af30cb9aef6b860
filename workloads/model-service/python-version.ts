import { UnderlayError } from "../../measure/error.ts";
import type { ModelFindings } from "./findings.ts";

/** Versions of Python that are tried, the shared root's first, then the newer ones before the older ones. */
const candidates = ["3.11", "3.12", "3.13", "3.10", "3.9"] as const;

const minorOf = (version: string): number => Number(version.split(".")[1]);

type Triple = readonly [number, number, number];

/** Below zero where one version comes before the other. */
function difference(one: Triple, other: Triple): number {
  const index = one.findIndex((number, place) => number !== other[place]);
  return index === -1 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}

/** A bound, taken apart. */
interface Bound {
  readonly version: Triple;
  /** How many numbers it gives. */
  readonly given: number;
  /** Whether it ends with `.*`. */
  readonly open: boolean;
}

type Holds = (version: Triple, bound: Bound) => boolean;

/** Whether the numbers that a bound gives are those of a version. */
const same: Holds = (version, bound) =>
  bound.version.slice(0, bound.given).every((number, index) => number === version[index]);

const operators: Readonly<Record<string, Holds>> = {
  ">=": (version, bound) => difference(version, bound.version) >= 0,
  "<=": (version, bound) => difference(version, bound.version) <= 0 || same(version, bound),
  ">": (version, bound) => difference(version, bound.version) > 0 && !same(version, bound),
  "<": (version, bound) => difference(version, bound.version) < 0,
  "!=": (version, bound) => !(bound.open && same(version, bound)),
  "~=": (version, bound) =>
    difference(version, bound.version) >= 0 && same(version, { ...bound, given: Math.max(1, bound.given - 1) }),
};

/** Whether a version is within one bound, such as `>=3.8` or `==3.11.*`. */
function holdsFor(version: Triple, clause: string): boolean {
  const [, operator = "==", text = ""] = /^(===|[=!<>~]=|[<>])?\s*(\d+(?:\.(?:\d+|\*))*)/.exec(clause.trim()) ?? [];
  if (text === "") return true; // A bound in no known form bounds nothing: uv reads it again.
  const numbers = text.split(".").filter((part) => part !== "*");
  const [major = 0, minor = 0, patch = 0] = numbers.map(Number);
  const bound = { version: [major, minor, patch] as const, given: numbers.length, open: text.endsWith("*") };
  return (operators[operator] ?? same)(version, bound);
}

/** Whether some release of a minor version, such as `3.11`, is within a specifier such as `>=3.8,<3.12`. */
export function allowsPython(specifier: string, version: string): boolean {
  const minor = minorOf(version);
  const releases = Array.from({ length: 40 }, (_, patch): Triple => [3, minor, patch]);
  const clauses = specifier.split(",");
  return releases.some((release) => clauses.every((clause) => holdsFor(release, clause)));
}

/**
 * The version of Python for a source: the one that is asked for, or the first that all its bounds allow.
 *
 * @param findings Have the bounds.
 * @param asked Such as `3.12`; undefined to choose.
 * @throws UnderlayError `python-invalid`, `python-unsupported` when a bound forbids it or all of them.
 */
export function pythonFor(findings: ModelFindings, asked: string | undefined): string {
  const { python } = findings;
  if (asked !== undefined && !/^3\.\d{1,2}$/.test(asked)) {
    throw new UnderlayError("python-invalid", `--python is "${asked}", but must be a version such as 3.11.`);
  }
  const tried = asked === undefined ? candidates : [asked];
  const chosen = tried.find((version) => python.every(({ specifier }) => allowsPython(specifier, version)));
  if (chosen !== undefined) return chosen;
  const bounds = python.map(({ specifier, evidence }) => {
    const [first] = evidence;
    return first === undefined ? specifier : `${specifier} (${first.file}:${String(first.line)})`;
  });
  throw new UnderlayError(
    "python-unsupported",
    `The source does not run with Python ${tried.join(", ")}: it asks for ${bounds.join(" and ")}.`,
    asked === undefined ? "Change one of these." : "Choose another --python, or change what asks for it.",
  );
}
