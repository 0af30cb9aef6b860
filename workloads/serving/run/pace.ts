import { performance } from "node:perf_hooks";

/** A timer may be a millisecond late and its grain is one: what is left is waited for by looking at the clock. */
const marginMs = 2;

/**
 * Calls `act` at each of the given times, as exactly as this process can: it sleeps while the next one is far, and goes
 * round the event loop, so that answers are still heard at once, while it is near.
 *
 * @param times Milliseconds of `performance.now()`, rising.
 * @param act Told the index of the time; times that have passed already are caught up with at once.
 */
export function atTimes(times: Float64Array, act: (index: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    const go = (): void => {
      try {
        let due = times[next];
        while (due !== undefined && due <= performance.now()) {
          act(next);
          next += 1;
          due = times[next];
        }
        if (due === undefined) {
          resolve();
          return;
        }
        const left = due - performance.now();
        if (left > marginMs) setTimeout(go, Math.floor(left - marginMs));
        else setImmediate(go);
      } catch (thrown) {
        reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    };
    go();
  });
}
