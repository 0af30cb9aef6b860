import { expect } from "chai";
import fc from "fast-check";
import { formatReport, parseReport } from "../../../measure/function-report.ts";

const ms = fc.nat(100_000_000).map((hundredths) => hundredths / 100);
const report = fc.record({
  requestId: fc.uuid(),
  durationMs: ms,
  billedDurationMs: ms,
  memorySizeMiB: fc.integer({ min: 128, max: 10_240 }),
  maxMemoryUsedMiB: fc.nat(10_240),
  initDurationMs: fc.option(ms),
  sandboxDurationMs: fc.option(ms),
  status: fc.constantFrom("error" as const, "timeout" as const, null),
  errorType: fc.constantFrom("Runtime.OutOfMemory", "Runtime.ExitError", null),
});

describe("a report line", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(report, (given) => {
        expect(parseReport(formatReport(given))).to.deep.equal(given);
      }),
    );
  });

  it("is read as AWS Lambda writes it", () => {
    const line =
      "REPORT RequestId: 3604209a-e9a3-11e6-939a-754dd98c7be3\tDuration: 12.34 ms\tBilled Duration: 100 ms\t" +
      "Memory Size: 128 MB\tMax Memory Used: 18 MB\tInit Duration: 1.23 ms\t\n";
    expect(parseReport(line)).to.deep.equal({
      requestId: "3604209a-e9a3-11e6-939a-754dd98c7be3",
      durationMs: 12.34,
      billedDurationMs: 100,
      memorySizeMiB: 128,
      maxMemoryUsedMiB: 18,
      initDurationMs: 1.23,
      sandboxDurationMs: null,
      status: null,
      errorType: null,
    });
  });

  it("is told from any other line", () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        expect(parseReport(line)).to.equal(null);
      }),
    );
    expect(parseReport("REPORT RequestId: a\tDuration: soon")).to.equal(null);
    expect(parseReport("START RequestId: 3604209a Version: $LATEST")).to.equal(null);
  });
});
