import type { IncomingMessage } from "node:http";

/**
 * Reads the body of a request.
 *
 * @param request which is read to its end even when it is too large, so that the answer can be sent
 * @param maximumBytes how much of it is kept at most
 * @returns the body; null when it is larger than that
 * @throws Error when the client goes away before the end
 */
export async function readBody(request: IncomingMessage, maximumBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maximumBytes) {
      chunks.push(chunk);
    } else {
      chunks.length = 0;
    }
  }
  return length <= maximumBytes ? (chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks)) : null;
}
