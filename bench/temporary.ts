import { constants } from "node:os";
import { makeTemporary, removeTemporary } from "../test/support/temporary.mjs";

/**
 * Gives this process and what it starts a folder of their own for temporary files, which goes at its end: frameworks leave
 * theirs, such as TensorFlow's `__autograph_generated_file*.py`. Ctrl-C and SIGTERM end the process at once, unless
 * somebody else listens for them, who ends in order.
 */
export function takeTemporary(): void {
  const folder = makeTemporary();
  process.env["TMPDIR"] = folder;
  process.on("exit", () => {
    const left = removeTemporary(folder);
    if (left !== null) console.error(left);
  });
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) process.exit(128 + constants.signals[name]);
    });
  }
}
