import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { placeModel, type PlaceOptions, rateOf, speedsOf, timeOf } from "../../../cli/place.ts";
import { serviceMeasurement } from "../../fixtures/service-measurement.ts";
import { captured } from "../../support/captured.ts";
import { errorOf } from "../../support/expect-error.ts";

describe("underlay place", () => {
  const before_ = process.env["XDG_STATE_HOME"];
  let folder = "";
  let measurements = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "place-"));
    process.env["XDG_STATE_HOME"] = folder;
    measurements = join(folder, "services.json");
    const newer = serviceMeasurement();
    const older = serviceMeasurement({ at: "2026-11-27T15:00:00Z", latencyMs: null });
    const other = serviceMeasurement({ service: "other" });
    writeFileSync(measurements, JSON.stringify({ schemaVersion: 1, measurements: [newer, older, other] }));
  });
  after(() => {
    if (before_ === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before_;
    rmSync(folder, { recursive: true, force: true });
  });

  const options = (change: Partial<PlaceOptions> = {}): PlaceOptions => ({
    ...{ model: "fashion-mnist", rate: "2/s", p95: "200ms", measurements, from: [], speed: [], probe: [] },
    ...{ concurrency: "1000", ...change },
  });

  it("ranks places by what the newest measurement says, and exits with 1 when nothing has a price", async () => {
    let code = -1;
    const text = await captured("stdout", () => (code = placeModel(options({ speed: ["all=1"] }))));
    expect(code).to.equal(0);
    expect(text).to.match(/^Serve 2\.00 requests\/s within 200 ms/);
    const refused = await captured("stdout", () => (code = placeModel(options())));
    expect(code).to.equal(1);
    expect(refused).to.match(/^No answer .* has no price in USD/);
    expect(refused).to.match(/^To settle: Of \d+ places the speed is not known/m);
    const open = await captured("stdout", () => (code = placeModel(options({ p95: "70ms" }))));
    expect(code).to.equal(1);
    expect(open).to.match(/^Nothing is known to serve/);
    expect(open).to.match(/^To settle: Measure it where p99 is within the limit/m);
    expect(open).to.match(/^Measured: 2026-11-28, container/m);
    const json = JSON.parse(await captured("stdout", () => placeModel(options({ speed: ["all=1"], json: true })))) as {
      answer: string;
      candidates: { asOf: string | null; perHour: number | null }[];
    };
    expect(json.answer).to.match(/^Serve/);
    for (const { asOf, perHour } of json.candidates) expect(asOf === null).to.equal(perHour === null);
  });

  it("says which measurement is missing when there is none at all", () => {
    const error = errorOf(() => placeModel(options({ model: "unheard" })));
    expect(error.code).to.equal("placement-unmeasured");
    expect(error.message).to.match(/Measured were fashion-mnist, other/);
    expect(errorOf(() => placeModel(options({ here: "cpu-node" }))).code).to.equal("price-unknown");
  });

  it("reads rates, times, speeds and probes, and refuses others", () => {
    expect(["20/s", "1200/min", "72000/h", "20"].map(rateOf)).to.deep.equal([20, 20, 20, 20]);
    expect(["200ms", "0.2s"].map(timeOf)).to.deep.equal([0.2, 0.2]);
    for (const wrong of ["0/s", "20/d", "-1/s", "1e3/s", "x", ""])
      expect(errorOf(() => rateOf(wrong)).code).to.equal("option-invalid");
    for (const wrong of ["200", "0ms", "1min"]) expect(errorOf(() => timeOf(wrong)).code).to.equal("option-invalid");
    const probe = (name: string, gemm: number): string => {
      const file = join(folder, `${name}.json`);
      const text = { schema: "underlay/probe/1", cores: 1, gemm: { value: gemm }, triad: { value: 1 }, other: 1 };
      writeFileSync(file, JSON.stringify(text));
      return `${name}=${file}`;
    };
    const speeds = speedsOf({ speed: ["all=2", "c7i.large=0.5"], probe: [probe("here", 1), probe("m7i.large", 3)] });
    expect(speeds("c7i.large")).to.include({ low: 0.5, high: 0.5 });
    expect(speeds("m7i.large")).to.include({ low: 1, high: 3 });
    expect(speeds("t3.large")).to.include({ low: 2, high: 2 });
    expect(speedsOf({ speed: [], probe: [] })("t3.large")).to.equal(null);
    expect(errorOf(() => speedsOf({ speed: ["all=0"], probe: [] })).code).to.equal("option-invalid");
    expect(errorOf(() => speedsOf({ speed: ["all"], probe: [] })).code).to.equal("option-invalid");
    expect(errorOf(() => speedsOf({ speed: [], probe: [probe("m7i.large", 1)] })).message).to.match(/here=FILE/);
    expect(errorOf(() => speedsOf({ speed: [], probe: ["here=/nowhere"] })).code).to.equal("probe-invalid");
  });
});
