import { isAlive, type ProcessIdentity } from "./processes.ts";

/** A front as it wrote itself down: its process, and the address that it listens at. */
export interface FrontState extends ProcessIdentity {
  readonly url: string;
}

/** What a look at a front tells: that it is gone, that it runs and says nothing, or the status that it answers. */
type FrontLook = "gone" | "silent" | number;

/**
 * Looks at a front. It is gone when its process is, or when another address is known of it; what runs and does not answer
 * in time is busy.
 *
 * @param front as it wrote itself down, if it did
 * @param url address that is known of it
 * @param path what it is asked for, with a slash before
 * @param timeoutSec longest wait for an answer, in seconds
 */
export async function lookAtFront(
  front: FrontState | null,
  url: unknown,
  path: string,
  timeoutSec = 10,
): Promise<FrontLook> {
  if (front === null || front.url !== url || !isAlive(front)) return "gone";
  const asked = fetch(`${front.url}${path}`, { signal: AbortSignal.timeout(timeoutSec * 1000) });
  const status = await asked.then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.status;
    },
    () => "silent" as const,
  );
  return isAlive(front) ? status : "gone";
}
