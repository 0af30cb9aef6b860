import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { priceBook } from "../../../catalogue/prices/index.ts";
import { bookOf, breakEvenLines, memoriesOf } from "../../../cli/tune.ts";
import { tuneDefaults } from "../../../cli/tune-defaults.ts";
import { tune } from "../../../measure/tuning.ts";
import { around, measuredSize } from "../../fixtures/serving.ts";
import { errorOf } from "../../support/expect-error.ts";

describe("underlay tune", () => {
  it("sweeps the sizes it is given, each once and in order, and by default those that half of the machine takes", () => {
    expect(memoriesOf("1024,128,1024")).to.deep.equal([128, 1024]);
    expect(memoriesOf(tuneDefaults.memory, 4096)).to.deep.equal([128, 256, 512, 768, 1024, 1536, 1769, 2048]);
    expect(memoriesOf(tuneDefaults.memory, 32_768)).to.include(10_240);
  });

  for (const text of ["", "127", "10241", "1e3", "512,", "512 1024"]) {
    it(`refuses the sizes "${text}"`, () => {
      expect(errorOf(() => memoriesOf(text))).to.include({ code: "option-invalid" });
    });
  }

  it("takes prices of its own catalogue, or of a file in the same format", () => {
    expect(bookOf("aws-2017").currency).to.equal("USD");
    expect(errorOf(() => bookOf("aws-1999"))).to.include({ code: "prices-unknown" });
    const folder = mkdtempSync(join(tmpdir(), "underlay-prices-"));
    try {
      const file = join(folder, "mine.json");
      const source = new URL("../../../catalogue/prices/aws-2026.json", import.meta.url);
      writeFileSync(file, readFileSync(source, "utf8").replace('"USD"', '"EUR"'));
      expect(bookOf(file).currency).to.equal("EUR");
      writeFileSync(file, "{}");
      expect(errorOf(() => bookOf(file))).to.include({ code: "prices-invalid" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("says above which rate a host that is paid all the time is cheaper", () => {
    const measured = [measuredSize({ memoryMiB: 1024, warm: around(1), billed: Array.from({ length: 10 }, () => 1) })];
    const tuning = tune(measured, priceBook("aws-2026"), { by: "weight", weight: 1 });
    // 0.0000178667 for a request: 0.12 an hour pays for 1.866 of them a second.
    expect(breakEvenLines(tuning, new Map([["vm", 0.12]]))).to.deep.equal([
      "Above 1.87 requests/s all the time, one vm at 0.12 an hour is cheaper, as long as it can serve them.",
    ]);
    expect(breakEvenLines({ ...tuning, recommended: null }, new Map([["vm", 0.12]]))).to.deep.equal([]);
  });
});
