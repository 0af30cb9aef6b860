// The lab of OpenStack: its services of one release, with a bridge for the servers that they boot.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readMachine } from "../../../provider/machine.ts";
import { raiseMapLimit } from "../../../provider/sandbox/guest-mappings.ts";
import type { Log } from "../../../tools/log.mjs";
import { ip, Lab } from "../frame.ts";
import { install } from "./install.mjs";
import { type Api, guests, link, namespace, ports, url } from "./place.ts";
import { newPassword, writeSettings } from "./settings.ts";

const here = import.meta.dirname;

/**
 * Tells the lab's drivers what servers are made of: virtual machines boot where this machine has User-Mode Linux, bare
 * metal is a network namespace with the shared root.
 */
function offerGuests(state: string): void {
  const { guestKernel, root } = readMachine();
  if (root !== null) {
    writeFileSync(join(state, "metal.json"), JSON.stringify({ root: root.directory }));
  }
  if (guestKernel?.kind === "user-mode-linux" && root !== null) {
    const init = fileURLToPath(new URL("../../../provider/guest/init", import.meta.url));
    const offered = { command: guestKernel.command, blockImage: root.blockImage, init };
    writeFileSync(join(state, "guest.json"), JSON.stringify(offered));
  }
}

async function prepare(state: string, log: Log): Promise<string[]> {
  const packages = await install(log);
  cpSync(join(packages, "databases"), join(state, "mariadb"), { recursive: true });
  const password = newPassword();
  writeFileSync(join(state, "password"), password, { mode: 0o600 });
  writeSettings(state, password);
  offerGuests(state);
  const exported = Object.entries(credentials()).map(([name, value]) => `export ${name}=${value}\n`);
  writeFileSync(join(state, "openrc"), exported.join(""), { mode: 0o600 });
  return ["ip", "netns", "exec", namespace, join(here, "enter"), packages, state];
}

/** Most memory of a guest, in MiB, as the driver has it. */
const mostGuestMemoryMiB = 3072;

/** Gives the servers that boot a bridge, to which this machine has a way. */
async function equip(): Promise<void> {
  raiseMapLimit(mostGuestMemoryMiB);
  await ip("-n", namespace, "link", "add", guests.bridge, "type", "bridge");
  await ip("-n", namespace, "link", "set", guests.bridge, "up");
  await ip("route", "add", guests.range, "via", link.inside.address);
  await ip("netns", "exec", namespace, "sysctl", "--quiet", "--write", "net.ipv4.ip_forward=1");
}

async function answerOf(api: Api): Promise<string> {
  try {
    const { status } = await fetch(url(api), { signal: AbortSignal.timeout(10_000) });
    return status < 500 ? "answers" : `answers with ${String(status)}`;
  } catch {
    return "does not answer";
  }
}

/** The lab of OpenStack. */
export const openstackLab: Lab = new Lab({
  name: "openstack",
  namespace,
  link,
  folder: here,
  prepare,
  equip,
  access: (state) => `log in with ${join(state, "openrc")}`,
  describe: () =>
    Promise.all((Object.keys(ports) as Api[]).map(async (api) => `${url(api).padEnd(34)} ${await answerOf(api)}`)),
});

/** What a program needs to log in at the lab, as variables of an openrc file. */
export function credentials(): Record<string, string> {
  return {
    OS_AUTH_URL: url("keystone"),
    OS_REGION_NAME: "lab",
    OS_USERNAME: "admin",
    OS_PASSWORD: readFileSync(join(openstackLab.state, "password"), "utf8").trim(),
    OS_PROJECT_NAME: "admin",
    OS_USER_DOMAIN_NAME: "Default",
    OS_PROJECT_DOMAIN_NAME: "Default",
    OS_IDENTITY_API_VERSION: "3",
  };
}
