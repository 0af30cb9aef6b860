import { z } from "zod";
import { UnderlayError } from "../../measure/error.ts";
import { logIn, loginFrom } from "../../provider/ironic/keystone.ts";
import { request, type Transport } from "../../provider/ironic/request.ts";
import { pause } from "../../provider/pause.ts";
import type { Tagged, Target } from "./target.ts";

const perPage = 500;
const serversSchema = z.object({
  servers: z.array(
    z.object({ id: z.string(), name: z.string(), metadata: z.record(z.string(), z.string()).default({}) }),
  ),
});
const gone = { seconds: 180, pollMs: 2000 };

/** The servers of the project that the variables of an openrc file lead to, by the metadata that policies ask for. */
export async function openstackTarget(variables: Readonly<Record<string, string | undefined>>): Promise<Target> {
  const transport: Transport = { signal: AbortSignal.timeout(600_000) };
  const session = await logIn(loginFrom(variables, "project"), transport);
  const nova = session.endpoint("compute");
  if (nova === null) {
    throw new UnderlayError("openstack-no-compute", "The cloud has no compute service in this region.");
  }
  const headers = { "X-Auth-Token": session.token };
  const list = async (): Promise<Tagged[]> => {
    const all: Tagged[] = [];
    for (let marker = ""; ;) {
      const after = marker === "" ? "" : `&marker=${marker}`;
      const address = `${nova}/servers/detail?limit=${String(perPage)}${after}`;
      const { servers } = serversSchema.parse((await request(address, { method: "GET", headers }, transport)).body);
      all.push(
        ...servers.flatMap(({ id, name, metadata }) => {
          const { run, expires = null } = metadata;
          return run === undefined ? [] : [{ kind: "server", runId: run, id, name, expires }];
        }),
      );
      const last = servers.at(-1);
      if (servers.length < perPage || last === undefined) return all;
      marker = last.id;
    }
  };
  const remove = async ({ id, name }: Tagged): Promise<void> => {
    const address = `${nova}/servers/${encodeURIComponent(id)}`;
    await request(address, { method: "DELETE", headers, accepts: [404] }, transport);
    for (let waited = 0; waited < gone.seconds * 1000; waited += gone.pollMs) {
      const { status } = await request(address, { method: "GET", headers, accepts: [404] }, transport);
      if (status === 404) return;
      await pause(gone.pollMs, transport.signal);
    }
    throw new UnderlayError(
      "server-stuck",
      `Server ${name} is still there ${String(gone.seconds)} s after its deletion.`,
    );
  };
  return { list, remove };
}
