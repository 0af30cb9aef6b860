import { expect } from "chai";
import { publishedOptimisation } from "../../../catalogue/published/index.ts";
import { optimisedPage, optimisedText } from "../../../report/optimised.ts";
import { optimisedOutcome, trialRecord } from "../../fixtures/optimised.ts";
import { markupErrors } from "./well-formed.ts";

describe("the report of an optimised training", () => {
  const outcome = optimisedOutcome([
    trialRecord("plain", ["onednn"], [20, 10, 10.1, 9.9]),
    trialRecord("chosen", ["xla", "onednn"], [30, 8, 8.1, 7.9]),
    trialRecord("with-<b>", [], [30, 12.5, 12.4, 12.6]),
  ]);

  it("has both signs, each with its interval", () => {
    const text = optimisedText(outcome);
    expect(text).to.match(/chosen: faster than the plain image, \+25\.0\u00a0% in speed/);
    expect(text).to.match(/with-<b>: slower than the plain image, −20\.0\u00a0% in speed/);
    expect(text).to.match(/1\.250 \(1\.2\d\d to 1\.2\d\d\)/);
  });

  it("says why there is no interval", () => {
    const few = optimisedOutcome([trialRecord("plain", [], [9, 9, 9]), trialRecord("chosen", [], [9, 8, 8])]);
    expect(optimisedText(few)).to.include(
      "chosen: cannot be told from the plain image (2 epochs a side: an interval needs at least 3)",
    );
  });

  it("is a page that holds together, whatever is in it, with what the paper states", () => {
    const page = optimisedPage(outcome, publishedOptimisation());
    expect(markupErrors(page)).to.deep.equal([]);
    expect(page).to.include("with-&lt;b&gt;").and.include("a speedup of up to 30%").and.include("plain-1.json");
  });
});
