import { z } from "zod";
import { UnderlayError } from "../../measure/error.ts";
import type { KeptSession } from "./keystone.ts";
import { type Answer, type Request, request } from "./request.ts";

const nodeSchema = z.object({
  uuid: z.string(),
  name: z.string().nullable(),
  provision_state: z.string(),
  target_provision_state: z.string().nullish(),
  power_state: z.string().nullish(),
  last_error: z.string().nullish(),
  maintenance: z.boolean().default(false),
  instance_uuid: z.string().nullish(),
  resource_class: z.string().nullish(),
  traits: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
  driver_info: z.record(z.string(), z.unknown()).default({}),
  extra: z.record(z.string(), z.unknown()).default({}),
  inspection_finished_at: z.string().nullish(),
});
const portSchema = z.object({ uuid: z.string(), address: z.string(), pxe_enabled: z.boolean().nullish() });

/** A node as Ironic describes it. */
export type Node = z.infer<typeof nodeSchema>;
/** One of its network ports. */
export type NodePort = z.infer<typeof portSchema>;
/** One change of a node, as JSON Patch has it. */
export interface Change {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/** Has traits, owner, automated clean, and the fields that are used here: Ironic of 2020 and newer. */
const version = "1.61";

/** Ironic's nodes, as one user sees them. */
export class Nodes {
  readonly #session: KeptSession;

  constructor(session: KeptSession) {
    this.#session = session;
  }

  /** The node of a name or id; null when there is none. */
  async find(nameOrId: string): Promise<Node | null> {
    const { status, body } = await this.#ask("GET", `/nodes/${encodeURIComponent(nameOrId)}`, { accepts: [404] });
    return status === 404 ? null : nodeSchema.parse(body);
  }

  /** Writes a node down: it is in the state `enroll`, and nothing was done to the machine. */
  async create(properties: Record<string, unknown>): Promise<Node> {
    return nodeSchema.parse((await this.#ask("POST", "/nodes", { body: properties })).body);
  }

  async change(id: string, changes: readonly Change[]): Promise<void> {
    if (changes.length > 0) {
      await this.#ask("PATCH", `/nodes/${id}`, { body: changes });
    }
  }

  async setTraits(id: string, traits: readonly string[]): Promise<void> {
    await this.#ask("PUT", `/nodes/${id}/traits`, { body: { traits } });
  }

  async ports(id: string): Promise<NodePort[]> {
    const { body } = await this.#ask("GET", `/nodes/${id}/ports?fields=uuid,address,pxe_enabled`);
    return z.object({ ports: z.array(portSchema) }).parse(body).ports;
  }

  async addPort(properties: Record<string, unknown>): Promise<void> {
    await this.#ask("POST", "/ports", { body: properties });
  }

  async removePort(id: string): Promise<void> {
    await this.#ask("DELETE", `/ports/${id}`, { accepts: [404] });
  }

  /** Begins a transition, such as `manage`, `provide`, `clean`. */
  async begin(id: string, target: string, more: Record<string, unknown> = {}): Promise<void> {
    await this.#ask("PUT", `/nodes/${id}/states/provision`, { body: { target, ...more } });
  }

  async power(id: string, target: "power off" | "power on"): Promise<void> {
    await this.#ask("PUT", `/nodes/${id}/states/power`, { body: { target } });
  }

  async endMaintenance(id: string): Promise<void> {
    await this.#ask("DELETE", `/nodes/${id}/maintenance`);
  }

  async remove(id: string): Promise<void> {
    await this.#ask("DELETE", `/nodes/${id}`, { accepts: [404] });
  }

  /** Ironic's reason why a node could not be deployed; empty when it could. */
  async whyNotDeployable(id: string): Promise<string> {
    const { body } = await this.#ask("GET", `/nodes/${id}/validate`);
    const parsed = z
      .record(z.string(), z.object({ result: z.boolean().nullish(), reason: z.string().nullish() }))
      .parse(body);
    return ["power", "management"]
      .flatMap((part) =>
        parsed[part]?.result === false ? [`${part}: ${parsed[part].reason ?? "no reason given"}`] : [],
      )
      .join("; ");
  }

  async #ask(
    method: Request["method"],
    path: string,
    rest: Pick<Request, "body" | "accepts"> = {},
    again = true,
  ): Promise<Answer> {
    const session = await this.#session.open();
    const ironic = session.endpoint("baremetal");
    if (ironic === null) {
      throw new UnderlayError(
        "ironic-missing",
        `The cloud's catalogue has no bare-metal service for the ${this.#session.login.interface} interface.`,
        "Check OS_REGION_NAME and OS_INTERFACE.",
      );
    }
    const headers = { "X-Auth-Token": session.token, "X-OpenStack-Ironic-API-Version": version };
    const base = ironic.replace(/\/v1$/, "");
    const accepts = [...(rest.accepts ?? []), ...(again ? [401] : [])];
    const answer = await request(`${base}/v1${path}`, { ...rest, method, headers, accepts }, this.#session.transport);
    if (answer.status !== 401) {
      return answer;
    }
    // A token lives for an hour, cleaning may take longer: one more login, and then 401 means what it says.
    this.#session.drop();
    return this.#ask(method, path, rest, false);
  }
}
