import { expect } from "chai";
import { imageCatalogue } from "../../../../catalogue/images/index.ts";
import { publishedOptimisation } from "../../../../catalogue/published/index.ts";
import { optimisationPublishedSchema } from "../../../../catalogue/published/optimisation-schema.ts";

describe("what MODAK's paper states", () => {
  const published = publishedOptimisation();
  const claims = published.statements.flatMap((statement) => statement.claims);

  it("has each sentence once, and speaks of images that the catalogue has", () => {
    const ids = published.statements.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const known = imageCatalogue().images.map(({ id }) => id);
    const named = claims.flatMap((claim) => (claim.kind === "speedup" ? [claim.image, claim.than] : []));
    expect(named).to.have.length.above(6);
    expect(named.filter((id) => !known.includes(id))).to.deep.equal([]);
  });

  it("says of the same images what the catalogue quotes", () => {
    for (const { id, claims: own } of imageCatalogue().images) {
      for (const { than, speedup, source } of own.filter((each) => each.source === "alle-2023")) {
        const same = claims.find((claim) => claim.kind === "speedup" && claim.image === id && claim.than === than);
        expect(same, `${id} and ${than} of ${source}`).to.deep.include({ ratio: speedup });
      }
    }
  });

  it("has the sizes that trainings have by default", () => {
    const trainings = claims.filter((claim) => claim.kind === "training");
    expect(trainings.map(({ images, batch, epochs }) => [images, batch, epochs])).to.deep.equal([
      [60_000, null, null],
      [null, 96, 3],
      [null, null, 12],
    ]);
  });

  it("refuses long quotations and ratios that are none", () => {
    const broken = structuredClone(published);
    broken.statements[0]!.quote = "word ".repeat(41).trim();
    broken.statements[1]!.claims = [{ kind: "best speedup", by: "build", ratio: 0 }];
    expect(optimisationPublishedSchema.safeParse(broken).error?.issues).to.have.lengthOf(2);
  });
});
