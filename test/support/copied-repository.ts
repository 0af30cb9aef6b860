// The repository as it lies here, in a folder of a test's own.
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../..");
const notCopied = new Set([".git", "dist", "node_modules", "out"]);

/** Copies the repository, so that what is done there neither disturbs it nor is disturbed by it; its packages are a link. */
export function copyRepository(target: string): void {
  mkdirSync(target);
  for (const name of readdirSync(repository).filter((entry) => !notCopied.has(entry))) {
    cpSync(path.join(repository, name), path.join(target, name), { recursive: true });
  }
  symlinkSync(path.join(repository, "node_modules"), path.join(target, "node_modules"));
}
