// A small client of OpenStack's APIs, for the lab and its tests: what they ask is asked of the services themselves.
import { type Api, url } from "./place.ts";

/** What a token is for: a project, or the system as a whole. */
export type Scope = { readonly project: string } | { readonly system: true };

/** Answer of an API. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Its JSON; undefined when it had none. */
  readonly body: unknown;
}

/** How a request differs from a plain one. */
export interface Request {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are no failure besides those below 300. */
  readonly accepts?: readonly number[];
}

/** Asks one API once. */
async function ask(target: string, { method = "GET", body, headers = {}, accepts = [] }: Request): Promise<Answer> {
  const raw = body instanceof Uint8Array;
  const answer = await fetch(target, {
    method,
    headers: { "Content-Type": raw ? "application/octet-stream" : "application/json", ...headers },
    ...(body === undefined ? {} : { body: raw ? Buffer.from(body) : JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await answer.text();
  if (!answer.ok && !accepts.includes(answer.status)) {
    throw new Error(`${method} ${target}: ${String(answer.status)} ${text.slice(0, 300)}`);
  }
  const isJson = answer.headers.get("content-type")?.includes("json") === true;
  return { status: answer.status, headers: answer.headers, body: isJson && text !== "" ? JSON.parse(text) : undefined };
}

/** Asks for a token of the administrator. */
async function tokenFor(password: string, scope: Scope): Promise<string> {
  const domain = { id: "default" };
  const answer = await ask(`${url("keystone")}/auth/tokens`, {
    method: "POST",
    body: {
      auth: {
        identity: { methods: ["password"], password: { user: { name: "admin", domain, password } } },
        scope: "system" in scope ? { system: { all: true } } : { project: { name: scope.project, domain } },
      },
    },
  });
  return answer.headers.get("x-subject-token") ?? "";
}

/** Versions of the APIs that have what tests look at. */
const versions: Readonly<Partial<Record<Api, Readonly<Record<string, string>>>>> = {
  nova: { "OpenStack-API-Version": "compute 2.90" },
  placement: { "OpenStack-API-Version": "placement 1.39" },
  ironic: { "X-OpenStack-Ironic-API-Version": "1.80" },
  magnum: { "OpenStack-API-Version": "container-infra 1.9" },
};

/** Asks the lab's APIs as their administrator. */
export type Client = (api: Api, path: string, request?: Request) => Promise<Answer>;

/**
 * Logs in.
 *
 * @param password The lab's.
 * @param scope What the token is for.
 */
export async function logIn(password: string, scope: Scope): Promise<Client> {
  const token = await tokenFor(password, scope);
  return (api, path, request = {}) =>
    ask(`${url(api)}${path}`, { ...request, headers: { "X-Auth-Token": token, ...versions[api], ...request.headers } });
}
