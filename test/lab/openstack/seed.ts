// Users, roles and the catalogue, by Keystone's own API.
import { type Client, logIn } from "./openstack-client.ts";
import { type Api, apis, url } from "./place.ts";

async function idOf(client: Client, kind: string, name: string): Promise<string> {
  const { body } = await client("keystone", `/${kind}s?name=${name}`);
  const [found] = (body as Record<string, { id: string }[]>)[`${kind}s`] ?? [];
  if (found === undefined) {
    throw new Error(`Keystone has no ${kind} ${name}`);
  }
  return found.id;
}

async function make(client: Client, kind: string, properties: Record<string, unknown>): Promise<string> {
  const { body } = await client("keystone", `/${kind}s`, { method: "POST", body: { [kind]: properties } });
  return (body as Record<string, { id: string }>)[kind]?.id ?? "";
}

/** Makes what the services log in with, and says where each one is. */
export async function seed(password: string): Promise<void> {
  const client = await logIn(password, { project: "admin" });
  const grant = (path: string, role: string): Promise<unknown> =>
    client("keystone", `${path}/roles/${role}`, { method: "PUT" });
  const admin = await idOf(client, "role", "admin");
  const service = await idOf(client, "role", "service");
  const project = await make(client, "project", { name: "service", domain_id: "default" });
  const user = await make(client, "user", { name: "service", password, domain_id: "default" });
  await grant(`/projects/${project}/users/${user}`, admin);
  await grant(`/projects/${project}/users/${user}`, service);
  await grant(`/system/users/${user}`, admin);
  const domain = await make(client, "domain", { name: "magnum" });
  const trustee = await make(client, "user", { name: "magnum_domain_admin", password, domain_id: domain });
  await grant(`/domains/${domain}/users/${trustee}`, admin);
  for (const [name, { type }] of Object.entries(apis).filter(([api]) => api !== "keystone")) {
    const id = await make(client, "service", { type, name });
    for (const kind of ["public", "internal"]) {
      await make(client, "endpoint", { service_id: id, interface: kind, region_id: "lab", url: url(name as Api) });
    }
  }
}
