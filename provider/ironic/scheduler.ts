import { z } from "zod";
import type { KeptSession } from "./keystone.ts";
import { request } from "./request.ts";

/** Refusals: this user may not ask. */
const refusals = [401, 403];

const inventoriesSchema = z.object({
  inventories: z.record(z.string(), z.object({ total: z.number(), reserved: z.number() })),
});
const hypervisorsSchema = z.object({ hypervisors: z.array(z.unknown()).min(1) });

/** Whether servers may be placed on a node; `refused` when this user may not ask, `none` where nothing places servers. */
export type Schedulable = "yes" | "no" | "refused" | "none";

/** What Nova's scheduler knows of nodes, as one user may ask. */
export class Scheduler {
  readonly #session: KeptSession;

  /**
   * Asks nothing yet.
   *
   * @param session Of a project: Placement and Nova refuse a token for the whole system.
   */
  constructor(session: KeptSession) {
    this.#session = session;
  }

  /**
   * Whether servers may be placed on a node of Ironic: Placement has something of it to give, which Nova keeps back until
   * the node is available, and Nova's cells know the service that the node belongs to, of which they list no node before.
   */
  async knows(id: string): Promise<Schedulable> {
    const inventories = `/resource_providers/${id}/inventories`;
    const answers = [
      await this.#ask("placement", "placement 1.30", inventories, (body) => {
        const { data } = inventoriesSchema.safeParse(body);
        return Object.values(data?.inventories ?? {}).some(({ reserved, total }) => reserved < total);
      }),
      await this.#ask("compute", "compute 2.53", `/os-hypervisors?hypervisor_hostname_pattern=${id}`, (body) => {
        return hypervisorsSchema.safeParse(body).success;
      }),
    ];
    return (["no", "refused", "yes"] as const).find((each) => answers.includes(each)) ?? "none";
  }

  async #ask(service: string, version: string, path: string, isYes: (body: unknown) => boolean): Promise<Schedulable> {
    const { token, endpoint } = await this.#session.open();
    const address = endpoint(service);
    if (address === null) {
      return "none";
    }
    const headers = { "X-Auth-Token": token, "OpenStack-API-Version": version };
    const accepts = [...refusals, 404];
    const { status, body } = await request(
      `${address}${path}`,
      { method: "GET", headers, accepts },
      this.#session.transport,
    );
    return refusals.includes(status) ? "refused" : isYes(body) ? "yes" : "no";
  }
}
