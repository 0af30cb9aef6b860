import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits, unless it is told to stop.
 *
 * @param ms How long, in ms.
 * @param signal Ends it early.
 * @throws the signal's own reason, when that ended it
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    signal.throwIfAborted();
  });
}
