import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute } from "../../provider/execute.ts";

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** The project as it was where a change began, beside its working copy. */
export interface BaseCheckout {
  readonly directory: string;
  readonly commit: string;
  /** Removes it. */
  readonly remove: () => Promise<void>;
}

/**
 * Checks out the commit that a change began at. Its npm packages are those of the working copy where both lock the same
 * ones, and are installed otherwise.
 *
 * @param root the working copy
 * @param reference a branch, tag or commit; the commit is where both histories part
 * @throws UnderlayError `command-failed` when Git does not know it
 */
export async function checkOutBase(root: string, reference: string): Promise<BaseCheckout> {
  const git = (...words: string[]): Promise<string> => execute(["git", "-C", root, ...words], { timeoutSec: 120 });
  const commit = await git("merge-base", "--", reference, "HEAD");
  const parent = mkdtempSync(join(tmpdir(), "underlay-base-"));
  const directory = join(parent, "base");
  const remove = async (): Promise<void> => {
    if (existsSync(directory)) await git("worktree", "remove", "--force", directory);
    rmSync(parent, { recursive: true, force: true });
  };
  try {
    await git("worktree", "add", "--detach", directory, commit);
    const [own, base] = [root, directory].map((folder) => textOf(join(folder, "package-lock.json")));
    if (own === base) {
      symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
    } else {
      const command = ["npm", "ci", "--prefix", directory, "--no-audit", "--no-fund"];
      await execute(command, { timeoutSec: 600, env: { HOME: process.env["HOME"] ?? "" } });
    }
    return { directory, commit, remove };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}
