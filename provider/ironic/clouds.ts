import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UnderlayError } from "../../measure/error.ts";

/** Variables of the environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

const cloudSchema = z.object({
  auth: z.record(z.string(), z.string()).default({}),
  region_name: z.string().optional(),
  interface: z.string().optional(),
  endpoint_type: z.string().optional(),
});
type CloudEntry = z.infer<typeof cloudSchema>;
const fileSchema = z.object({ clouds: z.record(z.string(), cloudSchema) });

/** A file of clouds where clients of OpenStack look for it; null when there is none. */
function findFile(name: string, named: string | undefined, variables: Variables): string | null {
  const home = variables["HOME"] ?? homedir();
  const folders = [".", join(home, ".config", "openstack"), "/etc/openstack"];
  const places = (named ?? "") === "" ? folders.map((folder) => resolve(folder, name)) : [resolve(named ?? "")];
  return places.find((place) => existsSync(place)) ?? null;
}

/** Clouds of a file by their names. It holds passwords, so nothing of it is said when it cannot be read. */
function cloudsOf(file: string | null): Readonly<Record<string, CloudEntry>> {
  if (file === null) return {};
  let content: unknown;
  try {
    // Every value as it is written: a password of digits alone is no number.
    content = parse(readFileSync(file, "utf8"), { schema: "failsafe", prettyErrors: false });
  } catch {
    throw new UnderlayError("openstack-not-configured", `${file} cannot be read as YAML.`);
  }
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data.clouds;
  const where = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw new UnderlayError("openstack-not-configured", `${file} is no file of clouds: see ${where}.`);
}

/**
 * The variables of the environment, with what `clouds.yaml` says of the cloud that `OS_CLOUD` names, as the OpenStack
 * provider reads it: from the file of `OS_CLIENT_CONFIG_FILE`, the working folder, `~/.config/openstack` or
 * `/etc/openstack`, with the secrets of a `secure.yaml` there or in `OS_CLIENT_SECURE_FILE`. What a file says of the
 * login goes before variables; a region and an interface go the other way round. `OS_CLOUD` is left out of what comes of it:
 * no file has to be read again.
 *
 * @param variables Of the environment; given back as they are where `OS_CLOUD` is not set.
 * @throws UnderlayError `openstack-not-configured` when no file has that cloud, or it cannot be read
 */
export function withCloud(variables: Variables): Variables {
  const name = variables["OS_CLOUD"] ?? "";
  if (name === "") return variables;
  const file = findFile("clouds.yaml", variables["OS_CLIENT_CONFIG_FILE"], variables);
  const clouds = cloudsOf(file);
  const cloud = clouds[name];
  if (cloud === undefined) {
    throw new UnderlayError(
      "openstack-not-configured",
      `OS_CLOUD is "${name}", but ${file === null ? "there is no clouds.yaml" : `${file} has ${Object.keys(clouds).join(", ")}`}.`,
      "Name a cloud of your clouds.yaml, or unset OS_CLOUD and load your cloud's openrc file.",
    );
  }
  const secrets = cloudsOf(findFile("secure.yaml", variables["OS_CLIENT_SECURE_FILE"], variables))[name];
  const login = Object.entries({ ...cloud.auth, ...secrets?.auth });
  return {
    OS_REGION_NAME: cloud.region_name,
    OS_INTERFACE: cloud.interface ?? cloud.endpoint_type,
    ...variables,
    ...Object.fromEntries(login.map(([key, value]): [string, string] => [`OS_${key.toUpperCase()}`, value])),
    OS_CLOUD: undefined,
  };
}
