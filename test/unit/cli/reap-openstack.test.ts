import { expect } from "chai";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openstackTarget } from "../../../cli/reap/openstack.ts";

describe("openstackTarget", () => {
  // What Keystone and Nova document of their answers; the project has 501 servers, so that there are two pages.
  const servers = Array.from({ length: 501 }, (_, index) => ({
    id: `id-${String(index)}`,
    name: `server-${String(index)}`,
    metadata: index >= 499 ? { run: "r0123abcde", ...(index === 500 ? { expires: "2026-12-30" } : {}) } : {},
  }));
  const deleted: string[] = [];
  let base: string;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", base);
    response.setHeader("content-type", "application/json");
    if (url.pathname === "/v3/auth/tokens") {
      response.setHeader("x-subject-token", "token");
      const endpoints = [{ interface: "public", region: "one", url: `${base}/compute/v2.1` }];
      response.writeHead(201).end(JSON.stringify({ token: { catalog: [{ type: "compute", endpoints }] } }));
      return;
    }
    const id = url.pathname.split("/").at(-1) ?? "";
    if (request.headers["x-auth-token"] !== "token") response.writeHead(401).end("{}");
    else if (request.method === "DELETE") {
      deleted.push(id);
      response.writeHead(204).end();
    } else if (id !== "detail") {
      response.writeHead(deleted.includes(id) ? 404 : 200).end("{}");
    } else {
      const after = servers.findIndex((one) => one.id === url.searchParams.get("marker")) + 1;
      response.end(JSON.stringify({ servers: servers.slice(after, after + Number(url.searchParams.get("limit"))) }));
    }
  });

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => {
    server.close();
  });

  it("lists what carries a run on every page, and removes until it is gone", async () => {
    const target = await openstackTarget({
      ...{ OS_AUTH_URL: `${base}/v3`, OS_USERNAME: "user", OS_PASSWORD: "secret", OS_PROJECT_NAME: "project" },
    });
    const found = await target.list();
    expect(found.map(({ id, runId, expires }) => [id, runId, expires])).to.deep.equal([
      ["id-499", "r0123abcde", null],
      ["id-500", "r0123abcde", "2026-12-30"],
    ]);
    await target.remove(found[1]!);
    expect(deleted).to.deep.equal(["id-500"]);
  });
});
