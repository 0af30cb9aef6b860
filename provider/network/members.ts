import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { attachmentSchema, reachedAt } from "../../measure/network.ts";
import { connectionSchema } from "../connection.ts";
import { executeAt } from "../execute.ts";
import { runDirectory } from "../run-directory.ts";

const memberSchema = z.strictObject({
  /** Name of the sandbox. */
  owner: z.string(),
  attachment: attachmentSchema,
  /** How to reach a guest that has a table of names of its own; null where the one on this machine is seen. */
  guest: connectionSchema.nullable(),
});

/** A sandbox that takes part in a network. */
export type Member = z.infer<typeof memberSchema>;

/** Folder of a network of a run. */
function networkDirectory(runId: string, network: string): string {
  return join(runDirectory(runId), "networks", network);
}

/** The table of names that the hosts of a network see as `/etc/hosts`. */
export function hostsFile(runId: string, network: string): string {
  return join(networkDirectory(runId, network), "hosts");
}

const membersFolder = (runId: string, network: string): string => join(networkDirectory(runId, network), "members");

/** Everyone that takes part in a network. */
function membersOf(runId: string, network: string): Member[] {
  const folder = membersFolder(runId, network);
  return existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((name) => memberSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))))
    : [];
}

/** The table of names of the members: an `/etc/hosts`. */
export function hostsTable(members: readonly Pick<Member, "attachment">[]): string {
  const lines = members.map(({ attachment }) => `${reachedAt(attachment)}\t${attachment.hostName}\n`);
  return ["127.0.0.1\tlocalhost\n", ...new Set(lines)].join("");
}

/** Writes in place: sandboxes that stand have mounted this very file. */
function writeTable(runId: string, network: string): void {
  writeFileSync(hostsFile(runId, network), hostsTable(membersOf(runId, network)));
}

/** Makes the folder of a network that nobody has joined yet. */
export function openNetwork(runId: string, network: string): void {
  mkdirSync(membersFolder(runId, network), { recursive: true, mode: 0o700 });
  writeTable(runId, network);
}

/** Removes the folder of a network. */
export function closeNetwork(runId: string, network: string): void {
  rmSync(networkDirectory(runId, network), { recursive: true, force: true });
}

/** Why a member cannot be beside another; null when it can. */
function conflict(own: Member, other: Member): string | null {
  const [a, b] = [own.attachment, other.attachment];
  if (reachedAt(a) === reachedAt(b) && a.overlay !== "host" && b.overlay !== "host") {
    return `the address ${reachedAt(a)}`;
  }
  if (a.overlay === "vxlan" && b.overlay === "vxlan" && a.address === b.address) {
    return `the overlay of the host ${a.address}`;
  }
  return a.hostName === b.hostName && reachedAt(a) !== reachedAt(b) ? `the name "${a.hostName}"` : null;
}

/**
 * Enters a sandbox among the members of its network.
 *
 * @throws UnderlayError `network-missing` when there is no such network, `network-taken` when another member has the
 *   name, the address or the overlay
 */
export function enter(runId: string, member: Member): void {
  const { network } = member.attachment;
  const folder = membersFolder(runId, network);
  if (!existsSync(folder)) {
    throw new UnderlayError("network-missing", `Run ${runId} has no network "${network}".`, "Make it first.");
  }
  for (const other of membersOf(runId, network).filter(({ owner }) => owner !== member.owner)) {
    const taken = conflict(member, other);
    if (taken !== null) {
      throw new UnderlayError(
        "network-taken",
        `${member.owner} cannot join the network "${network}": ${other.owner} already has ${taken}.`,
        "Give each host a name and an address of its own; a host has one container on the overlay.",
      );
    }
  }
  writeFileSync(join(folder, `${member.owner}.json`), `${JSON.stringify(member)}\n`);
  writeTable(runId, network);
}

/** Strikes a sandbox off the members of its network. */
export function leave(runId: string, network: string, owner: string): void {
  if (existsSync(membersFolder(runId, network))) {
    rmSync(join(membersFolder(runId, network), `${owner}.json`), { force: true });
    writeTable(runId, network);
  }
}

/** Guests that are being told, by network and name: the newest table has to come last. */
const telling = new Map<string, Promise<string | null>>();

async function tell(runId: string, { guest, owner, attachment }: Member, env: Environment): Promise<string | null> {
  const file = hostsFile(runId, attachment.network);
  if (guest === null || !existsSync(file)) {
    return null;
  }
  try {
    const input = readFileSync(file, "utf8");
    await executeAt(guest, ["sh", "-c", "cat > /etc/hosts"], { input, timeoutSec: 20, env });
    return null;
  } catch (thrown) {
    return `${owner} could not be told the names of the network "${attachment.network}": ${messageOf(thrown)}`;
  }
}

type Environment = Readonly<Record<string, string>>;

/**
 * Tells every guest the names of its network; all others see the table itself.
 *
 * @returns what went wrong, by guest: one that was killed cannot be told, and hinders nobody
 */
export async function tellGuests(runId: string, network: string, env: Environment): Promise<string[]> {
  const told = membersOf(runId, network).map((member) => {
    const key = `${runId}/${network}/${member.owner}`;
    const next = (telling.get(key) ?? Promise.resolve(null)).then(() => tell(runId, member, env));
    telling.set(key, next);
    return next;
  });
  return (await Promise.all(told)).filter((failure) => failure !== null);
}
