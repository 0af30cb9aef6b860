import { writeFileSync } from "node:fs";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { type Trace, traceOf } from "../report/traces.ts";
import { load } from "./results-file.ts";

/** Options of `underlay traces`, as they were typed. */
export interface TracesOptions {
  readonly out: string;
  readonly file?: string;
  readonly endpoint?: string;
}

/** Longest time for an answer, in ms: the default of OTLP's exporters. */
const answerLimitMs = 10_000;

/** Headers of `OTEL_EXPORTER_OTLP_HEADERS`, such as a token: keys and values, percent-encoded, as W3C baggage has them. */
export function headersFrom(text: string | undefined): Record<string, string> {
  const pairs = (text ?? "").split(",").filter((pair) => pair.trim() !== "");
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf("=");
      try {
        if (at > 0) return [pair.slice(0, at).trim().toLowerCase(), decodeURIComponent(pair.slice(at + 1).trim())];
      } catch {
        // Not percent-encoded: refused below, as what has no key is.
      }
      throw new UnderlayError(
        "otlp-headers-invalid",
        "OTEL_EXPORTER_OTLP_HEADERS is no list of KEY=VALUE.",
        "Separate pairs with commas, and write % for what is not plain, such as Authorization=Bearer%20TOKEN.",
      );
    }),
  );
}

/** Where spans go below an endpoint of OTLP over HTTP. */
function addressOf(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UnderlayError(
      "option-invalid",
      `--endpoint is "${endpoint}".`,
      "Give the address of a collector, such as http://localhost:4318.",
    );
  }
  return url.pathname.endsWith("/v1/traces") ? url : new URL(`${url.pathname.replace(/\/$/, "")}/v1/traces`, url);
}

/**
 * Sends a trace to a collector, as OTLP over HTTP with JSON.
 *
 * @throws UnderlayError `otlp-refused` when it does not take all of it, `otlp-unavailable` when it does not answer
 */
export async function sendTrace(trace: Trace, endpoint: string, headers: Record<string, string>): Promise<void> {
  const address = addressOf(endpoint);
  const fix = "Check --endpoint, and OTEL_EXPORTER_OTLP_HEADERS where it asks for a token.";
  let answer: Response;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(trace),
      signal: AbortSignal.timeout(answerLimitMs),
    });
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    throw new UnderlayError("otlp-unavailable", `${address.href} got no answer: ${messageOf(cause)}.`, fix);
  }
  const text = await answer.text();
  if (!answer.ok) {
    throw new UnderlayError(
      "otlp-refused",
      `${address.href} answered ${String(answer.status)}: ${text.slice(0, 300)}`,
      fix,
    );
  }
  const rejected = /"rejectedSpans"\s*:\s*"?([1-9]\d*)/.exec(text)?.[1];
  if (rejected !== undefined) {
    throw new UnderlayError(
      "otlp-refused",
      `${address.href} took all but ${rejected} spans: ${text.slice(0, 300)}`,
      fix,
    );
  }
}

/** Writes or sends a record, or that of the last start, as an OpenTelemetry trace; prints it when neither is asked for. */
export async function traces(record: string | undefined, { out, file, endpoint }: TracesOptions): Promise<void> {
  const trace = traceOf(load(record, out).lines);
  const text = `${JSON.stringify(trace)}\n`;
  if (file !== undefined) writeFileSync(file, text);
  if (endpoint !== undefined) await sendTrace(trace, endpoint, headersFrom(process.env["OTEL_EXPORTER_OTLP_HEADERS"]));
  if (file === undefined && endpoint === undefined) process.stdout.write(text);
}
