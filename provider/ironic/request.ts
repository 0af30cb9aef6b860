import { messageOf, UnderlayError } from "../../measure/error.ts";
import { pause } from "../pause.ts";

/** How requests are made. */
export interface Transport {
  /** Ends the request early. */
  readonly signal: AbortSignal;
  /** Times that a request is made again when the service is busy or not to be reached. @default 6 */
  readonly retries?: number;
  /** Pause before the first repetition, in ms; it doubles each time. @default 500 */
  readonly pauseMs?: number;
}

/** One request. */
export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are answers, not failures, besides those below 300. */
  readonly accepts?: readonly number[];
}

/** The answer to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Its JSON; null when it had none. */
  readonly body: unknown;
}

/** Longest time for one answer, in ms. */
const answerLimitMs = 60_000;

/** What a service says went wrong, in its own words. */
function faultOf(text: string): string {
  try {
    let value: unknown = JSON.parse(text);
    // Ironic's message is JSON in JSON; Keystone's and Nova's are one level down.
    for (let depth = 0; depth < 3 && typeof value === "object" && value !== null; depth += 1) {
      const { error_message: ironic, faultstring, error, message } = value as Record<string, unknown>;
      value = faultstring ?? ironic ?? message ?? error ?? Object.values(value)[0];
      if (typeof value === "string" && value.startsWith("{")) {
        value = JSON.parse(value);
      }
    }
    return typeof value === "string" ? value : text.slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}

function failureOf(status: number, what: string, fault: string): UnderlayError {
  switch (status) {
    case 401:
      return new UnderlayError(
        "openstack-unauthorised",
        `${what} was refused (401): ${fault}`,
        "Check OS_USERNAME, OS_PASSWORD, their domains and OS_AUTH_URL.",
      );
    case 403:
      return new UnderlayError(
        "openstack-forbidden",
        `${what} is not allowed to this user (403): ${fault}`,
        'Enrolling nodes needs the role `admin` on the system, or `owner` rights and `scope: "project"`.',
      );
    case 409:
      return new UnderlayError("openstack-conflict", `${what} met a conflict (409): ${fault}`, "Run it again.");
    default:
      return status >= 500 || status === 429
        ? new UnderlayError(
            "openstack-unavailable",
            `${what} failed (${String(status)}): ${fault}`,
            "Look at the service's log, and run it again.",
          )
        : new UnderlayError("openstack-refused", `${what} was refused (${String(status)}): ${fault}`);
  }
}

/** Whether a request may be made again: it has had no effect. 409 is how Ironic says that a node is locked. */
function mayBeRepeated(status: number, method: Request["method"]): boolean {
  return [409, 429, 503].includes(status) || (status >= 500 && method !== "POST");
}

async function once(address: string, { method, body, headers }: Request, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, {
      method,
      headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (thrown) {
    signal.throwIfAborted();
    // "fetch failed" says nothing; its cause does.
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    throw new UnderlayError(
      "openstack-unavailable",
      `${method} ${address} got no answer: ${messageOf(cause)}.`,
      "Check OS_AUTH_URL and that this machine reaches it, and run it again.",
    );
  }
}

/** Makes a request once; tells whether what went wrong may go well another time. */
async function attempt(address: string, what: Request, signal: AbortSignal): Promise<Answer | Failure> {
  try {
    const answer = await once(address, what, signal);
    const text = await answer.text();
    if (answer.ok || (what.accepts ?? []).includes(answer.status)) {
      const isJson = text !== "" && answer.headers.get("content-type")?.includes("json") === true;
      return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : null };
    }
    const failure = failureOf(answer.status, `${what.method} ${address}`, faultOf(text));
    return { failure, again: mayBeRepeated(answer.status, what.method) };
  } catch (failure) {
    signal.throwIfAborted();
    // Whether a POST whose answer was lost has had its effect is for the caller to find out.
    return { failure, again: what.method !== "POST" };
  }
}

interface Failure {
  readonly failure: unknown;
  readonly again: boolean;
}

/**
 * Makes a request, and makes it again while the service is busy or not to be reached.
 *
 * @throws UnderlayError `openstack-unauthorised`, `openstack-forbidden`, `openstack-conflict`, `openstack-unavailable`
 *   or `openstack-refused`, in the service's own words; the signal's reason when it was cancelled
 */
export async function request(address: string, what: Request, transport: Transport): Promise<Answer> {
  const { signal, retries = 6, pauseMs = 500 } = transport;
  for (let count = 0; ; count += 1) {
    signal.throwIfAborted();
    const answer = await attempt(address, what, signal);
    if (!("failure" in answer)) {
      return answer;
    }
    if (!answer.again || count >= retries) {
      throw answer.failure;
    }
    await pause(pauseMs * 2 ** count, signal);
  }
}
