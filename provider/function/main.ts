import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { identify } from "../processes.ts";
import { type FrontConfiguration, frontConfigurationSchema, frontFiles, slotSchema } from "./configuration.ts";
import { FunctionLog } from "./function-log.ts";
import { HttpFront } from "./http-front.ts";
import type { Place } from "./instance.ts";
import { Pool } from "./pool.ts";
import { RuntimeApi } from "./runtime-api.ts";

/** Connections that may wait to be accepted: a burst must find the front, to be told when it is too much. */
const backlog = 4096;

function listening(server: Server, options: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen({ ...options, backlog }, resolve);
  });
}

/** The server by which instances are evicted. */
function controlServer(pool: Pool): Server {
  return createServer((request, response) => {
    const route = `${request.method ?? ""} ${request.url ?? ""}`;
    const reply = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    request.resume();
    if (route === "POST /evict") {
      void pool.evict().then((evicted) => {
        reply(200, { evicted });
      });
    } else if (route === "GET /instances") {
      reply(200, pool.counts());
    } else {
      reply(404, { message: "Not Found" });
    }
  });
}

async function places(slots: string | undefined): Promise<Place[]> {
  const parsed = z.array(slotSchema).parse(JSON.parse(slots ?? "[]"));
  return Promise.all(
    parsed.map(async (slot, index) => {
      const api = new RuntimeApi();
      await api.listen(slot.descriptor);
      return { index, slot, api };
    }),
  );
}

function writeState({ directory }: FrontConfiguration, server: Server): void {
  const { port } = server.address() as AddressInfo;
  const file = join(directory, frontFiles.state);
  const state = { url: `http://127.0.0.1:${String(port)}`, ...(identify(process.pid) ?? { pid: 0, startTime: "" }) };
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

const configuration = frontConfigurationSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));
const log = new FunctionLog(join(configuration.directory, frontFiles.functionLog));
const pool = new Pool(configuration, await places(process.argv[3]), log);
const front = new HttpFront(configuration, pool, log);
const control = controlServer(pool);

rmSync(configuration.controlSocket, { force: true });
await listening(control, { path: configuration.controlSocket });
await listening(front.server, { host: "127.0.0.1", port: 0 });
writeState(configuration, front.server);

process.once("SIGTERM", () => {
  front.server.close();
  control.close();
  void pool.end().then(() => process.exit(0));
});
