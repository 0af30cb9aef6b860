import type { IncomingHttpHeaders } from "node:http";

/** An HTTP request, as far as an event tells of it. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query, as requested. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly sourceIp: string;
  readonly body: Buffer;
  readonly requestId: string;
  /** When it came, in ms since the epoch. */
  readonly timeMs: number;
}

/** An HTTP response. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Time in the form of common logs, such as `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${two(time.getUTCDate())}/${months[time.getUTCMonth()] ?? ""}/${String(time.getUTCFullYear())}`;
  return `${date}:${time.toISOString().slice(11, 19)} +0000`;
}

const textual = /^(?:text\/|application\/(?:json|javascript|xml|x-www-form-urlencoded)\b)/;

/** Whether a body goes into an event as text; HTTP APIs decide so by the content type. */
function isText(contentType: string | undefined): boolean {
  return contentType === undefined || textual.test(contentType);
}

/** Fields that occur more than once are joined by commas. */
function joined(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === "cookie" ? [] : [[name, Array.isArray(value) ? value.join(",") : value]],
    ),
  );
}

function queryOf(query: string): { queryStringParameters?: Record<string, string> } {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = Object.hasOwn(parameters, name) ? `${parameters[name] ?? ""},${value}` : value;
  }
  return query === "" ? {} : { queryStringParameters: parameters };
}

/**
 * The event of a request to an HTTP API of Amazon API Gateway, payload format 2.0, as JSON.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function eventOf(request: HttpRequest): Buffer {
  const { method, url, headers, sourceIp, body, requestId, timeMs } = request;
  const at = url.indexOf("?");
  const [path, query] = at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
  const host = headers.host ?? "localhost";
  const asText = isText(headers["content-type"]);
  const event = {
    version: "2.0",
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: query,
    ...(headers.cookie === undefined ? {} : { cookies: headers.cookie.split("; ") }),
    headers: joined(headers),
    ...queryOf(query),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: host,
      domainPrefix: host.split(".")[0] ?? host,
      http: { method, path, protocol: "HTTP/1.1", sourceIp, userAgent: headers["user-agent"] ?? "" },
      requestId,
      routeKey: `${method} ${path}`,
      stage: "$default",
      time: commonLogTime(timeMs),
      timeEpoch: timeMs,
    },
    ...(body.length === 0 ? {} : { body: body.toString(asText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !asText,
  };
  return Buffer.from(JSON.stringify(event));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function bodyOf(value: unknown, base64: boolean): Buffer {
  if (value === undefined || value === null) {
    return Buffer.alloc(0);
  }
  return typeof value === "string"
    ? Buffer.from(value, base64 ? "base64" : "utf8")
    : Buffer.from(JSON.stringify(value));
}

function headersOf({ headers, cookies }: Record<string, unknown>): Record<string, string | string[]> {
  const given = isRecord(headers) ? Object.entries(headers) : [];
  const texts = given.flatMap(([name, value]) =>
    ["string", "number", "boolean"].includes(typeof value) ? [[name.toLowerCase(), String(value)] as const] : [],
  );
  return {
    "content-type": "application/json",
    ...Object.fromEntries(texts),
    ...(Array.isArray(cookies) ? { "set-cookie": cookies.map(String) } : {}),
  };
}

/**
 * The response that an HTTP API makes of what a function returned.
 *
 * @returns null when it is nothing that it can make one of
 */
export function responseOf(returned: Buffer): HttpResponse | null {
  let value: unknown;
  try {
    value = JSON.parse(returned.toString("utf8"));
  } catch {
    return null;
  }
  if (!isRecord(value) || value["statusCode"] === undefined) {
    return { status: 200, headers: { "content-type": "application/json" }, body: bodyOf(value, false) };
  }
  const status = Number(value["statusCode"]);
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    return null;
  }
  return { status, headers: headersOf(value), body: bodyOf(value["body"], value["isBase64Encoded"] === true) };
}
