import { UnderlayError } from "../../measure/error.ts";
import { registryLogin } from "../../measure/registry-login.ts";
import { engineCommand } from "../container-engine.ts";
import { execute } from "../execute.ts";
import { readMachine } from "../machine.ts";
import type { Operation, ResourceHandler } from "../resource-handler.ts";
import { engineOf } from "./engine-build.ts";
import { type ImagePushInputs, imagePushInputsSchema } from "./inputs.ts";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Longest time for a push, in seconds. */
const timeoutSec = 3600;

/** Pushes; returns the digest that the registry knows the image by. */
async function push(inputs: ImagePushInputs, { signal, progress }: Operation): Promise<string> {
  const engine = engineOf(readMachine());
  if (engine.name !== "podman") {
    throw new UnderlayError(
      "push-unsupported",
      "Images are pushed by podman.",
      "Install podman, or push by `docker push` yourself.",
    );
  }
  const { target, service, username, password = "", plain } = inputs;
  const folder = mkdtempSync(join(tmpdir(), "underlay-push-"));
  try {
    const login = join(folder, "auth.json");
    if (username !== undefined) writeFileSync(login, registryLogin(target, username, password), { mode: 0o600 });
    const digestFile = join(folder, "digest");
    progress.status(`pushing ${service.reference} to ${target}`);
    const argv = ["push", "--quiet", "--digestfile", digestFile, `--tls-verify=${String(!plain)}`];
    const asUser = username === undefined ? [] : ["--authfile", login];
    await execute(engineCommand(engine, [...argv, ...asUser, service.reference, `docker://${target}`]), {
      timeoutSec,
      signal,
    });
    return readFileSync(digestFile, "utf8").trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The resource `ImagePush`. What was pushed stays in its registry, where others may run it by now. */
export const imagePushHandler: ResourceHandler<ImagePushInputs> = {
  schema: imagePushInputsSchema,
  updates: ["service", "username", "password", "plain"],
  comparable: ({ service, username: _user, password: _password, ...rest }) => ({ ...rest, service: service.digest }),
  create: async (inputs, operation) => {
    const digest = await push(inputs, operation);
    return { id: inputs.target, outputs: { ...inputs, pushed: pushedOf(inputs, digest) } };
  },
  update: async (_id, inputs, _state, operation) => {
    const digest = await push(inputs, operation);
    return { ...inputs, pushed: pushedOf(inputs, digest) };
  },
  read: (_id, _inputs, state) => Promise.resolve(state),
  delete: () => Promise.resolve(),
};

/** The reference that is always the same bits. */
function pushedOf({ target }: ImagePushInputs, digest: string): string {
  return `${target.replace(/:[\w.-]+$/, "")}@${digest}`;
}
