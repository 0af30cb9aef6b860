import { UnderlayError } from "../../measure/error.ts";
import type { ModelFindings } from "./findings.ts";

/** Versions of Python that are tried, the shared root's first, then the newer ones before the older ones. */
const candidates = ["3.11", "3.12", "3.13", "3.10", "3.9"] as const;

const minorOf = (version: string): number => Number(version.split(".")[1]);

type Triple = readonly [number, number, number];

const difference = (one: Triple, other: Triple): number =>
  one[0] - other[0] || one[1] - other[1] || one[2] - other[2];

/** Whether a version is within one bound, such as `>=3.8` or `==3.11.*`. */
function holdsFor(version: Triple, clause: string): boolean {
  const [, operator = "==", text = ""] = /^(===|[=!<>~]=|[<>])?\s*(\d+(?:\.(?:\d+|\*))*)/.exec(clause.trim()) ?? [];
  if (text === "") return true; // A bound in no known form bounds nothing: uv reads it again.
  const numbers = text.split(".").filter((part) => part !== "*");
  const bound = [0, 1, 2].map((index) => Number(numbers[index] ?? 0)) as unknown as Triple;
  const order = difference(version, bound);
  const same = numbers.every((number, index) => Number(number) === version[index]);
  switch (operator) {
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0 || same;
    case ">":
      return order > 0 && !same;
    case "<":
      return order < 0;
    case "!=":
      return !(same && text.endsWith("*"));
    case "~=":
      return order >= 0 && version[0] === bound[0] && (numbers.length < 3 || version[1] === bound[1]);
    default:
      return same;
  }
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
 * @param asked Such as `3.12`; undefined to choose.
 * @throws UnderlayError `python-invalid`, `python-unsupported` when a bound forbids it or all of them.
 */
export function pythonFor({ python }: ModelFindings, asked: string | undefined): string {
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
