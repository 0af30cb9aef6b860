import { expect } from "chai";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { headersFrom, sendTrace } from "../../../cli/traces.ts";
import { UnderlayError } from "../../../measure/error.ts";
import { traceOf } from "../../../report/traces.ts";
import { recordLines } from "../../fixtures/report/fixture.ts";

const failureOf = async (work: Promise<unknown>): Promise<UnderlayError> =>
  work.then(
    () => {
      throw new Error("nothing went wrong");
    },
    (thrown: unknown) => thrown as UnderlayError,
  );

describe("sendTrace", () => {
  const seen: { request: IncomingMessage; body: string }[] = [];
  let answer = { status: 200, body: "{}" };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      seen.push({ request, body });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
  });
  let endpoint: string;

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => {
    server.close();
  });

  it("posts JSON to /v1/traces below the endpoint, with the headers", async () => {
    const trace = traceOf(recordLines());
    await sendTrace(trace, `${endpoint}/tenant/`, headersFrom("Authorization=Bearer%20secret, x-tenant=mine"));
    const { request, body } = seen.at(-1)!;
    expect([request.method, request.url]).to.deep.equal(["POST", "/tenant/v1/traces"]);
    expect(request.headers).to.include({ authorization: "Bearer secret", "x-tenant": "mine" });
    expect(request.headers["content-type"]).to.equal("application/json");
    expect(JSON.parse(body)).to.deep.equal(JSON.parse(JSON.stringify(trace)));
  });

  it("says what the collector refused, and that it does not answer, without the headers", async () => {
    const trace = traceOf(recordLines());
    answer = { status: 401, body: "who are you" };
    const refused = await failureOf(sendTrace(trace, endpoint, { authorization: "secret" }));
    expect(refused).to.include({ code: "otlp-refused" });
    expect(refused.message).to.include("401: who are you").and.not.include("secret");
    answer = { status: 200, body: '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}' };
    const partly = await failureOf(sendTrace(trace, endpoint, {}));
    expect(partly.message).to.include("all but 3 spans").and.include("too old");
    expect(await failureOf(sendTrace(trace, "http://127.0.0.1:1", {}))).to.include({ code: "otlp-unavailable" });
    expect(await failureOf(sendTrace(trace, "localhost", {}))).to.include({ code: "option-invalid" });
  });

  it("refuses headers that are no pairs", () => {
    expect(headersFrom(undefined)).to.deep.equal({});
    expect(() => headersFrom("secret"))
      .to.throw(UnderlayError)
      .with.property("code", "otlp-headers-invalid");
    expect(() => headersFrom("a=%zz"))
      .to.throw(UnderlayError)
      .with.property("code", "otlp-headers-invalid");
  });
});
