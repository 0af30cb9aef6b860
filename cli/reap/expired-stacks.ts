import { messageOf } from "../../measure/error.ts";
import { readMachine } from "../../provider/machine.ts";
import { isExpired, type ListedStack, StackLister } from "../stack-list.ts";

/** Destroys one: an hour is more than any stack of ours takes. */
const destroySec = 3600;

/** Prices are not asked for here. */
const noPrices = { table: { clouds: [], book: null, functions: null }, currency: "USD", here: null, region: null };

/**
 * Lists the stacks whose day has come, and destroys them when that is confirmed; each ends with the audit of its run.
 *
 * @param yes whether to destroy them
 * @returns 0 when none is left, 1 otherwise
 */
export async function reapExpiredStacks(yes: boolean): Promise<number> {
  const lister = new StackLister(readMachine(), noPrices);
  const { stacks, problem } = await lister.all();
  if (problem !== null) process.stderr.write(`Only stacks of this machine's runs: ${problem}\n`);
  const unasked = problem === null ? 0 : 1;
  const expired = stacks.filter((listed) => isExpired(listed, new Date()));
  if (expired.length === 0) {
    process.stdout.write("No stack has stood too long.\n");
    return unasked;
  }
  let left = 0;
  for (const listed of expired) {
    const { stack, owner, expires } = listed;
    process.stdout.write(`${stack}, of ${owner ?? "nobody"}, was to stand until ${expires ?? ""}\n`);
    left += yes && (await destroy(lister, listed)) ? 0 : 1;
  }
  if (!yes) process.stdout.write(`${String(left)} would be destroyed: add --yes.\n`);
  return left === 0 ? unasked : 1;
}

async function destroy(lister: StackLister, { stack, place }: ListedStack): Promise<boolean> {
  try {
    await lister.pulumi(["destroy", "--stack", stack, "--yes", "--skip-preview"], place, destroySec);
    process.stdout.write(`destroyed ${stack}\n`);
    return true;
  } catch (thrown) {
    process.stderr.write(`${stack} could not be destroyed: ${messageOf(thrown)}\n`);
    return false;
  }
}
