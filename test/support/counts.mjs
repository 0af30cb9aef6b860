// Reads what test programs leave: how many tests passed, failed, were skipped, and which.
import { existsSync, readFileSync } from "node:fs";

/**
 * A test that did not pass.
 *
 * @typedef {object} Named
 * @property {string} title The test.
 * @property {string} reason Why it failed or was skipped.
 */

/**
 * What a program's tests came to.
 *
 * @typedef {object} Counts
 * @property {number} passed Tests that passed.
 * @property {readonly Named[]} failed Tests that failed.
 * @property {readonly Named[]} skipped Tests that could not run.
 */

/** A sum of nothing. @type {Counts} */
export const none = { passed: 0, failed: [], skipped: [] };

/**
 * Adds up.
 *
 * @param {readonly Counts[]} all The summands.
 * @returns {Counts} Their sum.
 */
export function sum(all) {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.flatMap(({ failed }) => failed),
    skipped: all.flatMap(({ skipped }) => skipped),
  };
}

/**
 * Counts a program that is one test as a whole, such as a linter.
 *
 * @param {string} title Its name.
 * @param {string | null} problem What went wrong; null when it passed.
 * @returns {Counts} One test.
 */
export function countOne(title, problem) {
  return problem === null ? { ...none, passed: 1 } : { ...none, failed: [{ title, reason: problem }] };
}

/**
 * A line of the file that the reporter of `mocha-reporter.mjs` writes.
 *
 * @typedef {{ state: "passed" | "failed" | "skipped", title: string, reason: string } | { state: "end" }} ReportLine
 */

/**
 * Reads one line of the report.
 *
 * @param {string} line Written by our reporter.
 * @returns {ReportLine} Its meaning.
 */
function parsed(line) {
  /** @type {unknown} */
  const value = JSON.parse(line);
  return /** @type {ReportLine} */ (value);
}

/**
 * Adds to the tests that were counted what went wrong with the program around them.
 *
 * @param {Counts} counts What was counted.
 * @param {string} title Name of the program.
 * @param {string | null} problem How the program ended badly; null when it did not.
 * @param {boolean} complete Whether the program said that it was through.
 * @returns {Counts} At least one failure if the program crashed, was killed, or ran nothing.
 */
function withProgram(counts, title, problem, complete) {
  const ran = counts.passed + counts.failed.length + counts.skipped.length;
  const explained = complete && counts.failed.length > 0 && problem?.startsWith("ended with code") === true;
  if (problem !== null && !explained) {
    return sum([counts, countOne(title, problem)]);
  }
  return ran === 0 ? countOne(title, "ran no test") : counts;
}

/**
 * Counts what a mocha run wrote, even if it was killed half-way.
 *
 * @param {string} file The reporter's output.
 * @param {string} title Name of the program.
 * @param {string | null} problem How the program ended badly; null when it did not.
 * @returns {Counts} Its tests.
 */
export function countMocha(file, title, problem) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parsed(line));
  /** @type {(state: ReportLine["state"]) => Named[]} */
  const named = (state) =>
    lines.flatMap((line) =>
      line.state !== "end" && line.state === state ? [{ title: line.title, reason: line.reason }] : [],
    );
  const counts = { passed: named("passed").length, failed: named("failed"), skipped: named("skipped") };
  return withProgram(
    counts,
    title,
    problem,
    lines.some(({ state }) => state === "end"),
  );
}

/**
 * Undoes the quoting of XML attributes.
 *
 * @param {string} text As it stands between quotes.
 * @returns {string} What it means.
 */
function unquoted(text) {
  /** @type {Readonly<Record<string, string>>} */
  const entities = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text
    .replaceAll(/&#(\d+);/g, (_, /** @type {string} */ code) => String.fromCodePoint(Number(code)))
    .replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, /** @type {string} */ name) => entities[name] ?? "");
}

/**
 * Value of an attribute.
 *
 * @param {string} tag The opening tag.
 * @param {string} name The attribute.
 * @returns {string} Empty when it has none.
 */
function attribute(tag, name) {
  return unquoted(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
}

/**
 * Counts a JUnit file as pytest writes it.
 *
 * @param {string} file The file.
 * @param {string} title Name of the program.
 * @param {string | null} problem How the program ended badly; null when it did not.
 * @returns {Counts} Its tests.
 */
export function countJunit(file, title, problem) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const cases = [...text.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)];
  /** @type {Counts[]} */
  const each = cases.map(([, head = "", body = ""]) => {
    const name = `${attribute(head, "classname")} ${attribute(head, "name")}`;
    const [tag, kind] = /<(failure|error|skipped)\b[^>]*>/.exec(body) ?? [];
    if (tag === undefined) {
      return { ...none, passed: 1 };
    }
    const entry = { title: name, reason: attribute(tag, "message") };
    return kind === "skipped" ? { ...none, skipped: [entry] } : { ...none, failed: [entry] };
  });
  return withProgram(sum(each), title, problem, text.includes("</testsuite>"));
}
