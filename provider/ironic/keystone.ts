import { z } from "zod";
import { UnderlayError } from "../../measure/error.ts";
import { type Variables, withCloud } from "./clouds.ts";
import { request, type Transport } from "./request.ts";

/** A login at Keystone, version 3. */
export interface Login {
  /** Address of Keystone, with or without `/v3`. */
  readonly authUrl: string;
  /** Body of the request for a token: who, and for what. */
  readonly auth: Readonly<Record<string, unknown>>;
  readonly region: string | null;
  /** Which of a service's endpoints is called: `public`, `internal` or `admin`. */
  readonly interface: string;
}

/** What a token may be used for. */
export type Scope = "system" | "project";

function needed(variables: Variables, name: string): string {
  const value = variables[name];
  if (value === undefined || value === "") {
    throw new UnderlayError(
      "openstack-not-configured",
      `${name} is not set, so nobody can be logged in at OpenStack.`,
      "Load your cloud's openrc file, or let OS_CLOUD name a cloud of your clouds.yaml, as for Pulumi's OpenStack provider.",
    );
  }
  return value;
}

/**
 * The login that the variables of an openrc file describe, or the cloud of `clouds.yaml` that `OS_CLOUD` names: a user
 * with a password, or an application credential.
 *
 * @param given Variables of the environment.
 * @param scope What the token is for; an application credential has a scope of its own.
 * @throws UnderlayError `openstack-not-configured` when one is missing
 */
export function loginFrom(given: Variables, scope: Scope): Login {
  const variables = withCloud(given);
  const rest = {
    authUrl: needed(variables, "OS_AUTH_URL"),
    region: variables["OS_REGION_NAME"] ?? null,
    interface: (variables["OS_INTERFACE"] ?? "public").replace(/URL$/, ""),
  };
  const credential = variables["OS_APPLICATION_CREDENTIAL_ID"];
  if (credential !== undefined && credential !== "") {
    const secret = needed(variables, "OS_APPLICATION_CREDENTIAL_SECRET");
    const identity = { methods: ["application_credential"], application_credential: { id: credential, secret } };
    return { ...rest, auth: { identity } };
  }
  const idOf = (name: string): { id: string } | null => {
    const id = variables[name] ?? "";
    return id === "" ? null : { id };
  };
  const domain = (kind: "USER" | "PROJECT"): Record<string, string> =>
    idOf(`OS_${kind}_DOMAIN_ID`) ?? { name: variables[`OS_${kind}_DOMAIN_NAME`] ?? "Default" };
  const user = idOf("OS_USER_ID") ?? { name: needed(variables, "OS_USERNAME"), domain: domain("USER") };
  const password = { user: { ...user, password: needed(variables, "OS_PASSWORD") } };
  const project = () =>
    idOf("OS_PROJECT_ID") ?? { name: needed(variables, "OS_PROJECT_NAME"), domain: domain("PROJECT") };
  const asked = scope === "system" ? { system: { all: true } } : { project: project() };
  return { ...rest, auth: { identity: { methods: ["password"], password }, scope: asked } };
}

const answerSchema = z.object({
  token: z.object({
    catalog: z
      .array(
        z.object({
          type: z.string(),
          endpoints: z.array(z.object({ interface: z.string(), region: z.string().nullish(), url: z.string() })),
        }),
      )
      .default([]),
  }),
});

/** A token with the catalogue of services that it is good for. */
export interface Session {
  readonly token: string;
  /** Address of a service by its type, such as `baremetal`; null when the cloud has none. */
  readonly endpoint: (type: string) => string | null;
}

/**
 * Asks Keystone for a token.
 *
 * @throws UnderlayError `openstack-unauthorised` and those of {@link request}
 */
export async function logIn(login: Login, transport: Transport): Promise<Session> {
  const base = login.authUrl.replace(/\/+$/, "").replace(/\/v3$/, "");
  const answer = await request(`${base}/v3/auth/tokens`, { method: "POST", body: { auth: login.auth } }, transport);
  const { token } = answerSchema.parse(answer.body);
  return {
    token: answer.headers.get("x-subject-token") ?? "",
    endpoint: (type) => {
      const found = token.catalog
        .filter((service) => service.type === type)
        .flatMap(({ endpoints }) => endpoints)
        .find((each) => each.interface === login.interface && (login.region === null || each.region === login.region));
      return found === undefined ? null : found.url.replace(/\/+$/, "");
    },
  };
}

/** A session that is opened when it is first needed, and kept. */
export class KeptSession {
  readonly login: Login;
  readonly transport: Transport;
  #session: Promise<Session> | null = null;

  constructor(login: Login, transport: Transport) {
    this.login = login;
    this.transport = transport;
  }

  /** The session; a login that failed is tried anew by the next call. */
  open(): Promise<Session> {
    this.#session ??= logIn(this.login, this.transport).catch((thrown: unknown) => {
      this.#session = null;
      throw thrown;
    });
    return this.#session;
  }

  /** Has the next call log in anew. */
  drop(): void {
    this.#session = null;
  }
}
