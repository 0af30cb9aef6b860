// Mocha's spec reporter, which also writes each result to a file as it comes: a run that is killed keeps its counts.
import { appendFileSync } from "node:fs";
import Mocha from "mocha";

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;

/**
 * Where `skip` of `skip.ts` left its reason: on the test, or on a suite around it when a hook skipped.
 *
 * @param {Mocha.Test} test A pending test.
 * @returns {string} The reason.
 */
function reasonOf(test) {
  /** @type {(Mocha.Runnable | Mocha.Suite) & { skipReason?: string } | undefined} */
  let place = test;
  while (place !== undefined) {
    if (place.skipReason !== undefined) {
      return place.skipReason;
    }
    place = place.parent;
  }
  return "no reason given";
}

/** Prints like `spec`, with the reason of each skipped test, and writes JSON Lines to the option `output`. */
export default class LaneReporter extends Mocha.reporters.Spec {
  /**
   * Called by mocha.
   *
   * @param {Mocha.Runner} runner The run.
   * @param {Mocha.MochaOptions} options `reporterOptions.output` is the file.
   */
  constructor(runner, options) {
    super(runner, options);
    /** @type {unknown} */
    const given = options.reporterOptions;
    const { output } = /** @type {{ output?: string }} */ (given ?? {});
    if (output === undefined) {
      throw new Error("mocha-reporter: give the file with --reporter-option output=FILE");
    }
    /** @param {Record<string, string>} line */
    const write = (line) => {
      appendFileSync(output, `${JSON.stringify(line)}\n`);
    };
    runner.on(EVENT_TEST_PASS, (test) => {
      write({ state: "passed", title: test.fullTitle(), reason: "" });
    });
    runner.on(EVENT_TEST_FAIL, (test, /** @type {Error} */ error) => {
      write({ state: "failed", title: test.fullTitle(), reason: error.message.split("\n")[0] ?? "" });
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      const reason = reasonOf(test);
      console.log(Mocha.reporters.Base.color("pending", `      skipped: ${reason}`));
      write({ state: "skipped", title: test.fullTitle(), reason });
    });
    runner.on(EVENT_RUN_END, () => {
      write({ state: "end" });
    });
  }
}
