/**
 * Says which runs were named that nothing is found of.
 *
 * @param named ids that were asked for
 * @param found ids that something carries
 * @param where that was looked for, in words
 * @returns whether there are such
 */
export function tellUnknown(named: readonly string[], found: readonly string[], where: string): boolean {
  const unknown = named.filter((runId) => !found.includes(runId));
  for (const runId of unknown) process.stderr.write(`nothing carries the run id ${runId} ${where}\n`);
  return unknown.length > 0;
}
