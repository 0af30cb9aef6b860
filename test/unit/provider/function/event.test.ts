import { expect } from "chai";
import { eventOf, type HttpRequest, responseOf } from "../../../../provider/function/event.ts";

const request: HttpRequest = {
  method: "GET",
  url: "/predict",
  headers: { host: "127.0.0.1:8080", "user-agent": "curl/8" },
  sourceIp: "127.0.0.1",
  body: Buffer.alloc(0),
  requestId: "3604209a-e9a3-11e6-939a-754dd98c7be3",
  timeMs: Date.UTC(2026, 10, 2, 3, 4, 5),
};
const event = (change: Partial<HttpRequest>): Record<string, unknown> =>
  JSON.parse(eventOf({ ...request, ...change }).toString("utf8")) as Record<string, unknown>;

describe("an event", () => {
  it("has the fields of payload format 2.0, and none that does not apply", () => {
    expect(event({})).to.deep.equal({
      version: "2.0",
      routeKey: "GET /predict",
      rawPath: "/predict",
      rawQueryString: "",
      headers: { host: "127.0.0.1:8080", "user-agent": "curl/8" },
      requestContext: {
        accountId: "000000000000",
        apiId: "local",
        domainName: "127.0.0.1:8080",
        domainPrefix: "127",
        http: { method: "GET", path: "/predict", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "curl/8" },
        requestId: request.requestId,
        routeKey: "GET /predict",
        stage: "$default",
        time: "02/Nov/2026:03:04:05 +0000",
        timeEpoch: request.timeMs,
      },
      isBase64Encoded: false,
    });
  });

  it("joins what is given twice, in the query and in the headers, and lists cookies apart", () => {
    const url = "/predict?a=1&b=x%20y&a=2";
    const headers = { "x-many": "1, 2", cookie: "a=1; b=2", "set-cookie": ["c", "d"] };
    const made = event({ url, headers });
    expect(made["rawQueryString"]).to.equal("a=1&b=x%20y&a=2");
    expect(made["queryStringParameters"]).to.deep.equal({ a: "1,2", b: "x y" });
    expect(made["cookies"]).to.deep.equal(["a=1", "b=2"]);
    expect(made["headers"]).to.deep.equal({ "x-many": "1, 2", "set-cookie": "c,d" });
  });

  it("carries text as it is and everything else in base 64", () => {
    const body = Buffer.from([0xff, 0xd8, 0, 1]);
    const image = event({ method: "POST", headers: { "content-type": "image/jpeg" }, body });
    expect(image).to.include({ isBase64Encoded: true, body: body.toString("base64") });
    const json = event({ method: "POST", headers: { "content-type": "application/json" }, body: Buffer.from("{}") });
    expect(json).to.include({ isBase64Encoded: false, body: "{}" });
  });
});

describe("a response", () => {
  const made = (value: unknown) => responseOf(Buffer.from(JSON.stringify(value)));

  it("is what the function says, with its headers in lower case", () => {
    const value = { statusCode: 415, headers: { "X-Count": 3 }, cookies: ["a=1"], body: "no" };
    expect(made(value)).to.deep.equal({
      status: 415,
      headers: { "content-type": "application/json", "x-count": "3", "set-cookie": ["a=1"] },
      body: Buffer.from("no"),
    });
  });

  it("is decoded when it is in base 64", () => {
    expect(made({ statusCode: 200, isBase64Encoded: true, body: "/9g=" })?.body).to.deep.equal(Buffer.from([255, 216]));
  });

  it("is 200 with the whole value when the function names no status", () => {
    const headers = { "content-type": "application/json" };
    expect(made({ a: 1 })).to.deep.equal({ status: 200, headers, body: Buffer.from('{"a":1}') });
    expect(made("text")).to.deep.equal({ status: 200, headers, body: Buffer.from("text") });
    expect(made(null)).to.deep.equal({ status: 200, headers, body: Buffer.alloc(0) });
  });

  it("is none when it is not JSON, or its status is none", () => {
    expect(responseOf(Buffer.from("{"))).to.equal(null);
    for (const statusCode of ["ok", 99, 600, 200.5, {}]) {
      expect(made({ statusCode })).to.equal(null);
    }
  });
});
