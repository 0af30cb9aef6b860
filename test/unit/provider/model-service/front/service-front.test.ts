import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, request, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { ServiceFront } from "../../../../../provider/model-service/front/service-front.ts";
import { predict, SteadyLoad } from "../../../../support/service-load.ts";
import { until } from "../../../../support/until.ts";

describe("the front of a service", () => {
  let folder: string;
  let front: ServiceFront;
  let url: string;
  const servers: Server[] = [];
  let came = 0;

  /** A container's server at a Unix socket. */
  async function backend(name: string, listener: RequestListener): Promise<string> {
    const server = createServer(listener).on("request", () => (came += 1));
    servers.push(server);
    const socket = join(folder, name);
    server.listen(socket);
    await once(server, "listening");
    return socket;
  }

  const saying =
    (word: string, ms = 0): RequestListener =>
    (incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("end", () => {
        setTimeout(() => response.end(`${word} ${Buffer.concat(chunks).toString()}`), ms);
      });
    };

  beforeEach(async () => {
    came = 0;
    folder = mkdtempSync(join(tmpdir(), "front-"));
    front = new ServiceFront();
    url = await front.listen(0);
  });
  afterEach(async () => {
    await front.close(1);
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it("says that nothing serves yet, or no longer", async () => {
    expect((await predict(url, "x")).status).to.equal(503);
    await front.switchTo({ socket: join(folder, "nowhere"), version: "1" }, 0);
    const answer = await predict(url, "x");
    expect([answer.status, answer.body]).to.deep.equal([
      502,
      '{"error":{"code":"backend-unavailable","message":"The container that serves does not answer."}}',
    ]);
  });

  it("passes bodies and answers on as they are, whatever their length is told by", async () => {
    await front.switchTo({ socket: await backend("one", saying("one")), version: "1" }, 0);
    const body = "é".repeat(100_000);
    expect(await predict(url, body)).to.deep.equal({ status: 200, body: `one ${body}` });
    const chunked = request(`${url}/predict`, { method: "POST" });
    chunked.write("a");
    chunked.end("b");
    const [response] = (await once(chunked, "response")) as [AsyncIterable<Buffer>];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part);
    expect(Buffer.concat(parts).toString()).to.equal("one ab");
  });

  it("ends requests under way where they are, and sends those that come then to the next container", async () => {
    await front.switchTo({ socket: await backend("one", saying("one", 500)), version: "1" }, 0);
    const agent = new Agent({ keepAlive: true });
    const under = predict(url, "x", agent);
    await until(() => came === 1);
    const started = performance.now();
    const switched = front.switchTo({ socket: await backend("two", saying("two")), version: "2" }, 10);
    expect(front.version).to.equal("2");
    expect((await predict(url, "y", agent)).body).to.equal("two y");
    await switched;
    expect(performance.now() - started).to.be.above(100);
    expect((await under).body).to.equal("one x");
    agent.destroy();
  });

  it("fails no request while containers take each other's place", async () => {
    await front.switchTo({ socket: await backend("0", saying("0", 2)), version: "0" }, 0);
    const load = new SteadyLoad(url, "x", 8);
    for (const name of ["1", "2", "3", "4"]) {
      await sleep(50);
      await front.switchTo({ socket: await backend(name, saying(name, 2)), version: name }, 10);
      servers.at(-2)?.close();
      servers.at(-2)?.closeAllConnections(); // Nothing is under way at it: it may end at once.
    }
    await sleep(50);
    await load.end();
    expect(load.failed).to.deep.equal([]);
    expect([...new Set(load.answers.map(({ body }) => body))]).to.deep.equal(["0 x", "1 x", "2 x", "3 x", "4 x"]);
  });

  it("leaves a container that does not finish, when the time for it is up", async () => {
    await front.switchTo({ socket: await backend("one", () => undefined), version: "1" }, 0);
    const hanging = predict(url, "x");
    await until(() => came === 1);
    const started = performance.now();
    await front.switchTo({ socket: await backend("two", saying("two")), version: "2" }, 0.1);
    expect(performance.now() - started).to.be.within(95, 8000);
    expect((await hanging).status).to.equal(502);
  });

  it("tells a container when its client is gone", async () => {
    let gone = false;
    const socket = await backend("one", (_incoming, response) => {
      response.once("close", () => (gone = true));
    });
    await front.switchTo({ socket, version: "1" }, 0);
    const asked = request(`${url}/predict`, { method: "POST" });
    asked.once("error", () => undefined);
    asked.end("x");
    await until(() => came === 1);
    asked.destroy();
    await until(() => gone);
  });
});
