// A small Ironic with a Keystone in front of it, over real HTTP: it keeps nodes and goes through their states, and fails
// as it is told to. The lab has the real ones; this one can do what they do not do on demand.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Record<string, unknown>;

/** A node of the server. */
export interface ServedNode extends Json {
  readonly uuid: string;
  provision_state: string;
}

/** How a transition ends instead of well. */
export interface Trouble {
  readonly state: string;
  readonly lastError: string;
}

/** Transitions: the state on the way, and where it leads. */
const transitions: Readonly<Record<string, readonly [string, string]>> = {
  manage: ["verifying", "manageable"],
  inspect: ["inspecting", "manageable"],
  provide: ["cleaning", "available"],
  clean: ["cleaning", "manageable"],
  deleted: ["deleting", "available"],
};

/** The server and what a test may do to it. */
export class IronicServer {
  readonly nodes = new Map<string, ServedNode>();
  readonly ports = new Map<string, Json>();
  /** Requests in order, as `METHOD path`, with the targets of transitions. */
  readonly asked: string[] = [];
  /** How the next transition to a target ends, once. */
  readonly trouble = new Map<string, Trouble>();
  /** Answers given instead of the right ones, first come first served: to requests that match. */
  readonly refusals: { readonly match: RegExp; readonly status: number; readonly fault: string }[] = [];
  /** Targets whose transitions never end. */
  readonly endless = new Set<string>();
  /** Called with every request, before it is answered. */
  onRequest: (line: string) => void = () => undefined;
  /** Whether the token that is asked with next has expired. */
  tokenExpired = false;
  /** Looks at what Placement has of a node before it has something to give; null without Placement and Nova. */
  schedulerLooks: number | null = null;
  #logins = 0;
  readonly #tokens = new Set<string>();
  #count = 0;
  readonly #pending = new Map<string, string>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  /** Times that somebody logged in. */
  get logins(): number {
    return this.#logins;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Variables of an openrc file that leads here. */
  get variables(): Record<string, string> {
    return {
      OS_AUTH_URL: `${this.address}/identity/v3`,
      OS_USERNAME: "admin",
      OS_PASSWORD: "sesame",
      OS_REGION_NAME: "here",
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks).toString("utf8");
    const body = (text === "" ? {} : JSON.parse(text)) as Json;
    const [path = ""] = (request.url ?? "").split("?");
    const target = typeof body["target"] === "string" ? ` ${body["target"]}` : "";
    const line = `${request.method ?? ""} ${path}${target}`;
    this.asked.push(line);
    this.onRequest(line);
    const index = this.refusals.findIndex(({ match }) => match.test(line));
    const [refusal] = index === -1 ? [] : this.refusals.splice(index, 1);
    const { status, value, headers } =
      refusal === undefined
        ? this.#serve(request, path, body)
        : {
            status: refusal.status,
            value: { error_message: JSON.stringify({ faultstring: refusal.fault }) },
            headers: {},
          };
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(value === undefined ? undefined : JSON.stringify(value));
  }

  #serve(
    request: IncomingMessage,
    path: string,
    body: Json,
  ): { status: number; value?: unknown; headers?: Record<string, string> } {
    if (path === "/identity/v3/auth/tokens") {
      return this.#logIn(body);
    }
    if (this.tokenExpired || !this.#tokens.has(String(request.headers["x-auth-token"]))) {
      return { status: 401, value: { error: { message: "token expired" } } };
    }
    const scheduled = this.#schedule(path);
    if (scheduled !== null) return { status: 200, value: scheduled };
    const parts = path.replace("/ironic/v1/", "").split("/");
    return parts[0] === "ports"
      ? this.#port(request.method ?? "", parts, body)
      : this.#node(request.method ?? "", parts, body);
  }

  #logIn(body: Json) {
    const identity = (body["auth"] as { identity: { password: { user: Json } } }).identity;
    if (identity.password.user["password"] !== "sesame") {
      return { status: 401, value: { error: { message: "The request you have made requires authentication." } } };
    }
    this.#logins += 1;
    if (this.tokenExpired) this.#tokens.clear();
    this.tokenExpired = false;
    const token = `token-${String(this.#logins)}`;
    this.#tokens.add(token);
    const types = ["baremetal", ...(this.schedulerLooks === null ? [] : ["placement", "compute"])];
    const catalog = types.map((type) => {
      const url = `${this.address}/${type === "baremetal" ? "ironic" : type}`;
      return { type, endpoints: [{ interface: "public", region: "here", url }] };
    });
    return { status: 201, value: { token: { catalog } }, headers: { "X-Subject-Token": token } };
  }

  /** What Placement and Nova say of a node; null when another service is asked. */
  #schedule(path: string): Json | null {
    if (path.startsWith("/placement/")) {
      this.schedulerLooks = (this.schedulerLooks ?? 0) - 1;
      return { inventories: { CUSTOM_BAREMETAL_H100: { total: 1, reserved: this.schedulerLooks < 0 ? 0 : 1 } } };
    }
    return path.startsWith("/compute/") ? { hypervisors: [{ status: "enabled" }] } : null;
  }

  #port(method: string, [, id = ""]: readonly string[], body: Json) {
    if (method === "POST") {
      this.#count += 1;
      this.ports.set(`port-${String(this.#count)}`, { uuid: `port-${String(this.#count)}`, ...body });
      return { status: 201, value: {} };
    }
    return { status: this.ports.delete(id) ? 204 : 404 };
  }

  #node(method: string, [, key = "", part, which]: readonly string[], body: Json) {
    if (method === "POST") {
      this.#count += 1;
      const node = { traits: [], ...body, uuid: `node-${String(this.#count)}`, provision_state: "enroll" };
      this.nodes.set(node.uuid, node);
      return { status: 201, value: node };
    }
    const node = this.nodes.get(key) ?? [...this.nodes.values()].find(({ name }) => name === key);
    if (node === undefined) {
      return {
        status: 404,
        value: { error_message: JSON.stringify({ faultstring: `Node ${key} could not be found.` }) },
      };
    }
    return this.#known(node, `${method} ${part ?? ""}`, which, body);
  }

  #known(node: ServedNode, what: string, which: string | undefined, body: Json) {
    switch (what) {
      case "GET ":
        return { status: 200, value: this.#seen(node) };
      case "DELETE ":
        this.nodes.delete(node.uuid);
        return { status: 204 };
      case "GET ports":
        return {
          status: 200,
          value: { ports: [...this.ports.values()].filter(({ node_uuid: of }) => of === node.uuid) },
        };
      case "GET validate":
        return { status: 200, value: { power: { result: true }, management: { result: true } } };
      case "DELETE maintenance":
        node["maintenance"] = false;
        return { status: 202 };
      case "PUT traits":
        node["traits"] = body["traits"];
        return { status: 204 };
      case "PATCH ":
        (body as unknown as { path: string; value: unknown }[]).forEach(({ path, value }) => {
          node[path.slice(1)] = value;
        });
        return { status: 200, value: node };
      default:
        return which === "power" ? this.#power(node, body) : this.#begin(node, String(body["target"]));
    }
  }

  #power(node: ServedNode, body: Json) {
    node["power_state"] = body["target"];
    return { status: 202 };
  }

  #begin(node: ServedNode, target: string) {
    const [way, goal] = transitions[target] ?? ["lost", "lost"];
    const trouble = this.trouble.get(target);
    this.trouble.delete(target);
    node.provision_state = way;
    node["target_provision_state"] = goal;
    node["last_error"] = trouble?.lastError ?? null;
    node["maintenance"] = trouble?.state === "clean failed";
    if (target === "inspect") {
      node["inspection_finished_at"] = "2026-01-01T00:00:00";
    }
    if (!this.endless.has(target)) {
      this.#pending.set(node.uuid, trouble?.state ?? goal);
    }
    return { status: 202 };
  }

  /** The node as it is now; the next look will see it one state further. */
  #seen(node: ServedNode): Json {
    const now = { ...node };
    const next = this.#pending.get(node.uuid);
    if (next !== undefined) {
      this.#pending.delete(node.uuid);
      node.provision_state = next;
      node["target_provision_state"] = null;
    }
    return now;
  }
}
