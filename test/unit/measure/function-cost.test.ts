import { expect } from "chai";
import { priceBook } from "../../../catalogue/prices/index.ts";
import { breakEvenRate, costOfRequest, keepWarmPerMonth } from "../../../measure/function-cost.ts";
import { errorOf } from "../../support/expect-error.ts";

const now = priceBook("aws-2026");
const then = priceBook("aws-2017");
const instance = { memoryMiB: 1024, architecture: "x86_64", ephemeralStorageMiB: 512 } as const;

describe("what a function costs", () => {
  it("is duration by memory, requests and the API before it", () => {
    const { duration, request, httpApi, total } = costOfRequest(now, instance, 0.25, true);
    expect(duration).to.be.closeTo(0.25 * 0.0000166667, 1e-15);
    expect(request).to.be.closeTo(0.0000002, 1e-15);
    expect(httpApi).to.be.closeTo(0.000001, 1e-15);
    expect(total).to.be.closeTo(0.25 * 0.0000166667 + 0.0000012, 1e-15);
    expect(costOfRequest(now, instance, 0.25, false).httpApi).to.equal(0);
  });

  it("is rounded up to the unit of the book: 1 ms now, 100 ms in 2017", () => {
    expect(costOfRequest(now, instance, 0.2501, false).duration).to.be.closeTo(0.251 * 0.0000166667, 1e-15);
    expect(costOfRequest(then, instance, 0.2501, false).duration).to.be.closeTo(3 * 0.000001667, 1e-15);
    expect(costOfRequest(then, instance, 0.3, false).duration).to.be.closeTo(3 * 0.000001667, 1e-15);
    expect(costOfRequest(then, instance, 0, false).duration).to.be.closeTo(0.000001667, 1e-15);
  });

  it("does not become a unit more by rounding in binary", () => {
    // 0.07 * 1000 is 70.00000000000001.
    expect(costOfRequest(now, instance, 0.07, false).duration).to.be.closeTo(0.07 * 0.0000166667, 1e-15);
  });

  it("is less on the other instruction set, and more with more than 512 MiB under /tmp", () => {
    const arm = costOfRequest(now, { ...instance, architecture: "arm64" }, 1, false).duration;
    expect(arm).to.be.closeTo(0.0000133334, 1e-15);
    const more = costOfRequest(now, { ...instance, ephemeralStorageMiB: 1536 }, 1, false).duration;
    expect(more).to.be.closeTo(0.0000166667 + 0.0000000309, 1e-15);
  });

  it("leaves out what the book does not know, and says so", () => {
    expect(costOfRequest(then, instance, 0.1, true)).to.include({ request: null, httpApi: null, total: 0.000001667 });
  });

  it("has no price for a size that the table does not have", () => {
    expect(errorOf(() => costOfRequest(then, { ...instance, memoryMiB: 1000 }, 1, false))).to.include({
      code: "price-unknown",
    });
  });

  it("of instances that are kept warm goes on all the time", () => {
    const month = keepWarmPerMonth(now, instance, { minimum: 2, everyMin: null }).value;
    expect(month).to.be.closeTo(2 * 730 * 3600 * 0.0000041667, 1e-9);
    const pinged = keepWarmPerMonth(now, instance, { minimum: 1, everyMin: 10 }, 0.1).value;
    expect(pinged).to.be.closeTo(4380 * (0.0000002 + 0.1 * 0.0000166667), 1e-12);
    expect(keepWarmPerMonth(then, instance, { minimum: 1, everyMin: null }).reason).to.match(/no price/);
  });

  it("breaks even with a host where both cost the same", () => {
    const { value } = breakEvenRate(0.000005, 0.09, null);
    expect(value).to.be.closeTo(5, 1e-12);
    expect(5 * 3600 * 0.000005).to.be.closeTo(0.09, 1e-12);
    expect(breakEvenRate(0.000005, 0.09, 6).value).to.be.closeTo(5, 1e-12);
    expect(breakEvenRate(0.000005, 0.09, 4).reason).to.match(/never idle/);
  });
});
