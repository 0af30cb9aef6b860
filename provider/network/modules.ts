import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Machine } from "../machine.ts";

/** What VXLAN needs of a kernel that has it as a module, in the order of loading. */
const modules = [
  "kernel/net/ipv6/ip6_udp_tunnel.ko",
  "kernel/net/ipv4/udp_tunnel.ko",
  "kernel/drivers/net/vxlan/vxlan.ko",
] as const;

const compressions = ["", ".xz", ".zst", ".gz"] as const;

/**
 * The modules that a guest's kernel needs for an overlay: beside the kernel, where set-up puts them, or where Debian's
 * own User-Mode Linux has them.
 *
 * @returns in the order of loading; empty where there are none, as when the kernel has them built in
 */
export function overlayModules(guest: NonNullable<Machine["guestKernel"]>): string[] {
  const beside = join(dirname(guest.kernel ?? guest.command), "modules", guest.release);
  const folder = [beside, join("/usr/lib/uml/modules", guest.release)].find((path) => existsSync(path));
  return folder === undefined
    ? []
    : modules.flatMap(
        (module) =>
          compressions.map((ending) => join(folder, `${module}${ending}`)).find((path) => existsSync(path)) ?? [],
      );
}
