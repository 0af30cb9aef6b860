import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { messageOf } from "../../../measure/error.ts";
import { identify } from "../../processes.ts";
import { serviceFrontConfigurationSchema, switchSchema } from "./configuration.ts";
import { ServiceFront } from "./service-front.ts";

/** Longest time for requests under way when the front ends, in seconds. */
const closeSec = 10;

const configuration = serviceFrontConfigurationSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));
const front = new ServiceFront();

const control = createServer((request, response) => {
  const chunks: Buffer[] = [];
  const reply = (status: number, body: object): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.once("end", () => {
    const route = `${request.method ?? ""} ${request.url ?? ""}`;
    if (route === "GET /version") {
      reply(200, { version: front.version });
      return;
    }
    if (route !== "POST /switch") {
      reply(404, { message: "Not Found" });
      return;
    }
    try {
      const { drainSec, ...backend } = switchSchema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      void front.switchTo(backend, drainSec).then(() => {
        reply(200, { version: front.version });
      });
    } catch (thrown) {
      reply(400, { message: messageOf(thrown) });
    }
  });
});

rmSync(configuration.control, { force: true });
await new Promise<void>((resolve, reject) => {
  control.once("error", reject).listen(configuration.control, resolve);
});
const url = await front.listen(configuration.port);
const state = { url, ...(identify(process.pid) ?? { pid: 0, startTime: "" }) };
writeFileSync(`${configuration.state}.new`, JSON.stringify(state), { mode: 0o600 });
renameSync(`${configuration.state}.new`, configuration.state);

process.once("SIGTERM", () => {
  control.close();
  void front.close(closeSec).then(() => process.exit(0));
});
