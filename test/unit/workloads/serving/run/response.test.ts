import { expect } from "chai";
import fc from "fast-check";
import { readResponse } from "../../../../../workloads/serving/run/response.ts";

const read = (text: string, closed = false) => readResponse(Buffer.from(text, "latin1"), closed);
const said = (text: string, closed = false): string | undefined => read(text, closed)?.body.toString();

describe("an answer of HTTP/1.1", () => {
  it("is as long as it says", () => {
    const text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    expect(read(text)).to.include({ status: 200, keepsAlive: true });
    expect(said(text)).to.equal("abc");
    for (let cut = 0; cut < text.length; cut += 1) expect(read(text.slice(0, cut)), String(cut)).to.equal(null);
  });

  it("may come in chunks, with extensions and trailers", () => {
    const text =
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4;a=b\r\nabcd\r\nA\r\n0123456789\r\n0\r\nsum: 1\r\n\r\n";
    expect(said(text)).to.equal("abcd0123456789");
    for (let cut = 0; cut < text.length; cut += 1) expect(read(text.slice(0, cut)), String(cut)).to.equal(null);
    expect(said("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")).to.equal("");
  });

  it("may end with its connection, which is not used again", () => {
    const text = "HTTP/1.1 200 OK\r\n\r\nabc";
    expect(read(text)).to.equal(null);
    expect(said(text, true)).to.equal("abc");
    expect(read(text, true)?.keepsAlive).to.equal(false);
    expect(read("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: close\r\n\r\n")?.keepsAlive).to.equal(false);
    expect(read("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n")?.keepsAlive).to.equal(false);
  });

  it("has no body with 204, and may follow interim answers", () => {
    expect(said("HTTP/1.1 204 No Content\r\n\r\n")).to.equal("");
    expect(
      read("HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n")?.status,
    ).to.equal(429);
  });

  for (const [what, text] of [
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["a length that is none", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"],
    ["a chunk without a length", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"],
    ["more than one answer", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab"],
    ["a head that does not end", `HTTP/1.1 200 OK\r\na: ${"b".repeat(70_000)}`],
  ] as const) {
    it(`is not ${what}`, () => {
      expect(() => read(text))
        .to.throw()
        .with.property("code", "EBADRESPONSE");
    });
  }

  it("is read the same from any bytes, cut anywhere", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (content, size) => {
        const body = Buffer.from(content);
        const pieces = [];
        for (let at = 0; at < body.length; at += size) {
          const chunk = body.subarray(at, at + size);
          pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
        }
        const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        const whole = Buffer.concat([Buffer.from(head), ...pieces, Buffer.from("0\r\n\r\n")]);
        expect(readResponse(whole, false)?.body.equals(body)).to.equal(true);
        const plain = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`), body]);
        expect(readResponse(plain, false)?.body.equals(body)).to.equal(true);
      }),
    );
  });
});
