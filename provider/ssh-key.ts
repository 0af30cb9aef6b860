import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { execute } from "./execute.ts";
import type { ResourceHandler } from "./resource-handler.ts";

const schema = z.strictObject({
  comment: z
    .string()
    .regex(/^[\w.@-]{1,64}$/, "must be 1 to 64 letters, digits, dots, dashes, underscores and at signs"),
});

/** The resource `SshKey`: a pair of Ed25519 keys, which are kept in the stack's state alone. */
export const sshKeyHandler: ResourceHandler<z.infer<typeof schema>> = {
  schema,
  updates: [],
  create: async ({ comment }, { signal }) => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-key-"));
    try {
      const file = join(folder, "key");
      await execute(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file], {
        timeoutSec: 30,
        signal,
      });
      const publicKey = readFileSync(`${file}.pub`, "utf8").trim();
      const id = await execute(["ssh-keygen", "-l", "-f", `${file}.pub`], { timeoutSec: 30, signal });
      const outputs = { comment, publicKey, privateKey: readFileSync(file, "utf8") };
      return { id: id.split(" ")[1] ?? comment, outputs };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  read: (_id, _inputs, state) => Promise.resolve(state),
  delete: () => Promise.resolve(),
};
