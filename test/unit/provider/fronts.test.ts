import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { lookAtFront } from "../../../provider/fronts.ts";
import { identify } from "../../../provider/processes.ts";

describe("a look at a front", () => {
  const servers: Server[] = [];
  const own = identify(process.pid)!;

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  it("tells the status that it answers with", async () => {
    const url = await serve(({ url: asked }, response) => {
      response.writeHead(asked === "/readyz" ? 503 : 404).end();
    });
    const front = { url, ...own };
    expect(await lookAtFront(front, url, "/readyz")).to.equal(503);
    expect(await lookAtFront(front, url, "/")).to.equal(404);
  });

  it("takes one that runs and does not answer in time for busy, not for gone", async () => {
    const url = await serve(() => undefined);
    expect(await lookAtFront({ url, ...own }, url, "/", 0.1)).to.equal("silent");
  });

  it("takes one for gone that was never written down, listens elsewhere, or whose process ended, without asking", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const child = spawn("true");
    await once(child, "exit");
    expect(await lookAtFront(null, url, "/")).to.equal("gone");
    expect(await lookAtFront({ url: "http://127.0.0.1:1", ...own }, url, "/")).to.equal("gone");
    expect(await lookAtFront({ url, pid: child.pid ?? 0, startTime: "1" }, url, "/")).to.equal("gone");
    expect(await lookAtFront({ url, pid: own.pid, startTime: "1" }, url, "/")).to.equal("gone");
    expect(asked).to.equal(0);
  });
});
