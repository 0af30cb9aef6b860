import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { stateDirectory } from "../provider/machine.ts";
import { identify, isAlive, type ProcessIdentity } from "../provider/processes.ts";

const holderSchema = z.object({ pid: z.number(), startTime: z.string() });

/** Who holds a lock; null when its file does not say, as after a full disk. */
function holderOf(path: string): ProcessIdentity | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}

/** Makes a file with its content at once, so that nobody sees it empty. Throws when there is one already. */
function place(path: string, content: string): void {
  const whole = `${path}.${String(process.pid)}`;
  writeFileSync(whole, content);
  try {
    linkSync(whole, path);
  } finally {
    rmSync(whole);
  }
}

/** Keeps two commands out of one workspace; told apart from one that a crash left by the holder's process. */
export class WorkspaceLock {
  readonly #path: string;
  /** Whether the last holder ended without giving it back. */
  readonly foundStale: boolean;

  private constructor(path: string, foundStale: boolean) {
    this.#path = path;
    this.foundStale = foundStale;
  }

  /**
   * Takes the lock of a workspace.
   *
   * @throws UnderlayError `workspace-busy` when another command holds it
   */
  static take(name: string): WorkspaceLock {
    const directory = join(stateDirectory(), name);
    const path = join(directory, "lock.json");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const stale = existsSync(path);
    if (stale) {
      const holder = holderOf(path);
      if (holder !== null && isAlive(holder)) {
        throw new UnderlayError(
          "workspace-busy",
          `Another \`underlay ${name}\` is at work (process ${String(holder.pid)}).`,
          "Wait for its end.",
        );
      }
      rmSync(path, { force: true });
    }
    try {
      place(path, JSON.stringify(identify(process.pid)));
    } catch (thrown) {
      throw new UnderlayError(
        "workspace-busy",
        `Another \`underlay ${name}\` has just begun (${messageOf(thrown)}).`,
        "Wait for its end.",
      );
    }
    return new WorkspaceLock(path, stale);
  }

  /** Gives it back. */
  release(): void {
    rmSync(this.#path, { force: true });
  }
}
