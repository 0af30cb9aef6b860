import { execute, type ExecuteOptions } from "./execute.ts";
import { type Machine, required } from "./machine.ts";

/** A folder or file of this machine, where a program sees it. */
export interface Seen {
  readonly source: string;
  /** Below `/data`. */
  readonly target: string;
  /** @default false */
  readonly writable?: boolean;
}

/**
 * Runs a program once in the shared root, so that the same interpreter and libraries make the same bytes everywhere. It
 * sees nothing else of this machine than what it is shown, and no network.
 *
 * @returns its standard output
 * @throws UnderlayError `command-failed` with its last lines
 */
export function executeInRoot(
  machine: Machine,
  argv: readonly string[],
  seen: readonly Seen[],
  options: ExecuteOptions,
): Promise<string> {
  const root = required(machine, "root", machine.root).directory;
  const bubblewrap = required(machine, "bubblewrap", machine.bubblewrap);
  return execute(
    [
      ...[bubblewrap, "--die-with-parent", "--unshare-net", "--unshare-pid", "--ro-bind", root, "/"],
      ...["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/data", "--setenv", "HOME", "/tmp"],
      ...seen.flatMap(({ source, target, writable }) => [writable === true ? "--bind" : "--ro-bind", source, target]),
      ...["--setenv", "PYTHONDONTWRITEBYTECODE", "1", "--setenv", "PYTHONHASHSEED", "0", "--"],
      ...argv,
    ],
    options,
  );
}
