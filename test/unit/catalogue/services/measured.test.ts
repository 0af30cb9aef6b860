import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  addServiceMeasurements,
  mergeServiceMeasurements,
  readServiceMeasurements,
  serviceMeasurementSchema,
  serviceMeasurementsFile,
} from "../../../../catalogue/services/measured.ts";
import { serviceMeasurement } from "../../../fixtures/service-measurement.ts";
import { errorOf } from "../../../support/expect-error.ts";
import { TemporaryHomes } from "../../../support/machine-file.ts";

describe("measurements of services", () => {
  let homes: TemporaryHomes;
  beforeEach(() => (homes = new TemporaryHomes()));
  afterEach(() => {
    homes.restore();
  });

  it("are kept each once, the newest first, in a file that is whole at any time", () => {
    const file = serviceMeasurementsFile(homes.folder("state"));
    expect(readServiceMeasurements(file)).to.deep.equal([]);
    const [older, newer] = [
      serviceMeasurement({ at: "2026-11-01T00:00:00Z" }),
      serviceMeasurement({ at: "2026-11-02T00:00:00Z" }),
    ];
    addServiceMeasurements(file, [newer]);
    addServiceMeasurements(file, [older, newer]);
    expect(readServiceMeasurements(file)).to.deep.equal([newer, older]);
    expect(mergeServiceMeasurements([older], [newer, older])).to.deep.equal([newer, older]);
    expect(readdirSync(path.dirname(file))).to.deep.equal(["services.json"]);
    writeFileSync(file, "{}");
    expect(errorOf(() => readServiceMeasurements(file)).code).to.equal("measurements-invalid");
  });

  it("refuse a percentile that so few requests cannot carry, and what is not in the format", () => {
    const few = { p50: 40, p95: 60, p99: null, n: 58, concurrency: 1 };
    const problem = serviceMeasurementSchema.safeParse({ ...serviceMeasurement(), latencyMs: few }).error?.issues[0];
    expect(problem?.message).to.equal("p95 needs at least 59 requests, there are 58");
    expect(serviceMeasurementSchema.safeParse(serviceMeasurement({ latencyMs: { ...few, n: 59 } })).success).to.equal(
      true,
    );
    const other = path.join(homes.folder("other"), "services.json");
    expect(() => {
      addServiceMeasurements(other, [serviceMeasurement({ image: "latest" })]);
    }).to.throw();
    expect(existsSync(other)).to.equal(false);
  });
});
