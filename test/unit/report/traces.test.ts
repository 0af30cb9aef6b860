import { expect } from "chai";
import { traceOf } from "../../../report/traces.ts";
import { recordLines } from "../../fixtures/report/fixture.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number; readonly message?: string };
  readonly events?: readonly { readonly name: string }[];
}

const spansOf = (options: Parameters<typeof recordLines>[0]): Span[] => {
  const [resource] = traceOf(recordLines(options)).resourceSpans as [{ scopeSpans: [{ spans: Span[] }] }];
  return resource.scopeSpans[0].spans;
};
const counted = (spans: readonly Span[], name: RegExp): number => spans.filter((span) => name.test(span.name)).length;

describe("traceOf", () => {
  it("has a span for each stage, session and block, each within its parent and in one tree", () => {
    const spans = spansOf({ rounds: 2, blocksPerRound: 3, environments: ["bare-metal", "vm"] });
    expect(counted(spans, /^run training$/)).to.equal(1);
    expect(counted(spans, /^prepare$/)).to.equal(1);
    expect(counted(spans, /^round$/)).to.equal(2);
    expect(counted(spans, /^session /)).to.equal(4);
    expect([counted(spans, /^launch$/), counted(spans, /^stop$/)]).to.deep.equal([4, 4]);
    // Two series of three blocks, in each session.
    expect(counted(spans, /^block /)).to.equal(4 * 6);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    expect(byId.size).to.equal(spans.length);
    for (const span of spans) {
      expect(span.traceId).to.match(/^[0-9a-f]{32}$/);
      expect(span.spanId).to.match(/^[0-9a-f]{16}$/);
      expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano), span.name).to.equal(true);
      expect(span.status.code).to.equal(1);
      if (span.parentSpanId === undefined) {
        expect(span.name).to.equal("run training");
        continue;
      }
      const parent = byId.get(span.parentSpanId)!;
      expect(BigInt(span.startTimeUnixNano) >= BigInt(parent.startTimeUnixNano), span.name).to.equal(true);
      expect(BigInt(span.endTimeUnixNano) <= BigInt(parent.endTimeUnixNano), span.name).to.equal(true);
    }
  });

  it("gives the same identities for the same record", () => {
    expect(spansOf({})).to.deep.equal(spansOf({}));
  });

  it("marks the session that failed, with its reason, and the run, and no other", () => {
    const spans = spansOf({ failing: "vm" }).filter(({ status }) => status.code === 2);
    expect(spans.map(({ name }) => name)).to.deep.equal(["run training", "session vm"]);
    expect(spans[1]?.status.message).to.include("SIGKILL");
    expect(spans[1]?.events?.map(({ name }) => name)).to.deep.equal(["exception"]);
  });

  it("takes a record that ends after its first line", () => {
    const [first] = recordLines();
    const [resource] = traceOf([first!]).resourceSpans as [{ scopeSpans: [{ spans: Span[] }] }];
    expect(resource.scopeSpans[0].spans.map(({ name, status }) => [name, status.code])).to.deep.equal([
      ["run training", 2],
    ]);
  });
});
