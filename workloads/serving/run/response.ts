/** An answer, as far as a load takes it. */
export interface Response {
  readonly status: number;
  readonly body: Buffer;
  /** Whether its connection may be used again. */
  readonly keepsAlive: boolean;
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly version: string;
  /** Bytes that it takes. */
  readonly length: number;
}

/** Larger heads are no answer of an endpoint. */
const largestHead = 65_536;

function fault(what: string): Error {
  return Object.assign(new Error(what), { code: "EBADRESPONSE" });
}

function headOf(bytes: Buffer): Head | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) {
    if (bytes.length > largestHead) throw fault("the head of the answer does not end");
    return null;
  }
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const [, version, status] = /^HTTP\/(1\.[01]) (\d{3})(?: |$)/.exec(first) ?? [];
  if (version === undefined || status === undefined) throw fault("the answer is no HTTP/1");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { version, status: Number(status), headers: new Map(headers), length: end + 4 };
}

/** The body of a chunked answer, and where it ends; null while it is not whole. */
function chunked(bytes: Buffer, from: number): { body: Buffer; end: number } | null {
  const chunks: Buffer[] = [];
  for (let at = from; ;) {
    const line = bytes.indexOf("\r\n", at);
    if (line === -1) return null;
    const text = bytes.toString("latin1", at, line).split(";")[0]?.trim() ?? "";
    if (!/^[0-9a-fA-F]{1,8}$/.test(text)) throw fault("a chunk of the answer has no length");
    const size = Number.parseInt(text, 16);
    const start = line + 2;
    if (size === 0) {
      // Trailers are left out; an empty line ends them.
      const end = bytes.indexOf("\r\n\r\n", line);
      return end === -1 ? null : { body: Buffer.concat(chunks), end: end + 4 };
    }
    if (bytes.length < start + size + 2) return null;
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

/**
 * Reads one answer of HTTP/1.1 (RFC 9112) out of the bytes of a connection.
 *
 * @param bytes All that came since the request.
 * @param closed Whether nothing more will come.
 * @returns null while it is not whole
 * @throws Error with the code `EBADRESPONSE` when it is none, or more came than one answer
 */
export function readResponse(bytes: Buffer, closed: boolean): Response | null {
  const head = headOf(bytes);
  if (head === null) return null;
  const { status, headers, version, length } = head;
  // Interim answers, such as 103, come before the one that counts.
  if (status < 200) return readResponse(bytes.subarray(length), closed);
  const found = bodyOf(head, bytes, closed);
  if (found === null) return null;
  if (found.end < bytes.length) throw fault("more came than one answer");
  const connection = headers.get("connection")?.toLowerCase();
  const keeps = version === "1.1" ? connection !== "close" : connection === "keep-alive";
  return { status, body: found.body, keepsAlive: keeps && !closed };
}

/** The body after a head, and where it ends; null while it is not whole. */
function bodyOf(
  { status, headers, length }: Head,
  bytes: Buffer,
  closed: boolean,
): { body: Buffer; end: number } | null {
  if (status === 204 || status === 304) return { body: Buffer.alloc(0), end: length };
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return chunked(bytes, length);
  const told = headers.get("content-length");
  // Without a length the body ends with its connection.
  if (told === undefined) return closed ? { body: bytes.subarray(length), end: bytes.length } : null;
  if (!/^\d{1,12}$/.test(told)) throw fault("the length of the answer is no number");
  const end = length + Number(told);
  return bytes.length < end ? null : { body: bytes.subarray(length, end), end };
}
