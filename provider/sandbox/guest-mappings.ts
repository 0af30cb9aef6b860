import { readFileSync, writeFileSync } from "node:fs";

const setting = "/proc/sys/vm/max_map_count";
const pagesPerMiB = 256;
/** Mappings of a process that are none of the guest's pages: the kernel's own, and room to spare. */
const spare = 4096;

/**
 * Lets a User-Mode Linux guest map all of its memory. Its processes are processes of this machine, in which each stretch
 * of the guest's pages that lie apart is a mapping of its own. Above the kernel's limit (65,530 unless it was raised) a
 * page fault cannot be answered, and the guest takes the same fault for ever. The limit stays raised until the machine is
 * started again.
 *
 * @param memoryMiB memory of the guest
 * @param file where the kernel has its limit
 * @returns what to do when this user may not raise it; null when the guest can map all
 */
export function raiseMapLimit(memoryMiB: number, file = setting): string | null {
  const needed = memoryMiB * pagesPerMiB + spare;
  try {
    if (Number(readFileSync(file, "utf8")) < needed) {
      writeFileSync(file, String(needed));
    }
    return null;
  } catch {
    return (
      `a guest of ${String(memoryMiB)} MiB may stall once its memory is scattered: ` +
      `let root run \`sysctl -w vm.max_map_count=${String(needed)}\``
    );
  }
}
