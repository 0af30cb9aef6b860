/**
 * Does the same with each of many, so many of them at a time; what comes of them is in their order.
 *
 * @param all what it is done with
 * @param bound how many at a time: at least 1
 * @param work what is done; one that throws ends the whole, once those under way have ended
 */
export async function bounded<T, R>(all: readonly T[], bound: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(all.length);
  const rest = all.entries();
  const worker = async (): Promise<void> => {
    // All workers take from one row.
    for (const [index, one] of rest) results[index] = await work(one);
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(bound, all.length) }, worker));
  const failed = ended.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return results;
}
