/**
 * Ends a test that cannot run here, and says why: `skip(this, "no guest kernel on this machine")`.
 *
 * In a `before` hook it skips every test of the suite. A skipped test is counted as skipped and named with its reason;
 * a test that can run must not be skipped because it fails.
 *
 * @param context `this` of the test or hook, which therefore is a `function`, not an arrow function.
 * @param reason What is missing, with its remedy if there is one.
 */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.test;
  if (runnable !== undefined) {
    Object.assign(isHook(runnable) ? (runnable.parent ?? runnable) : runnable, { skipReason: reason });
  }
  return context.skip();
}

/** Whether it is a hook: what it says then goes for its whole suite. */
function isHook(runnable: Mocha.Runnable): boolean {
  return "type" in runnable && runnable.type === "hook";
}
