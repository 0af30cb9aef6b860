import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "./client.ts";

/** Requests until the compiler has seen what sends them often enough. */
const requests = 4000;
/** As many at the same time. */
const together = 4;

/**
 * Sends requests to a server of this process's own, until the code that sends them is compiled as well as it will be: what
 * it would take before, some tenths of a millisecond, would count as the endpoint's.
 *
 * @returns seconds that it took
 */
export async function warmUp(): Promise<number> {
  const from = performance.now();
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    response.end('{"coldStart":false,"timings":{}}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = new Client({ url, request: { method: "GET", headers: {} }, requestTimeoutSec: 10 });
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      client.send(() => {
        resolve();
      });
    });
  const some = async (): Promise<void> => {
    for (let request = 0; request < requests / together; request += 1) await one();
  };
  await Promise.all(Array.from({ length: together }, some));
  await client.close();
  server.closeAllConnections();
  server.close();
  return (performance.now() - from) / 1000;
}
