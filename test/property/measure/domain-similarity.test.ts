import { expect } from "chai";
import fc from "fast-check";
import { domainSimilarity } from "../../../measure/domain-similarity.ts";

const words = fc.array(fc.constantFrom("photograph", "drawing", "face", "digit", "clothing"), { maxLength: 3 });
const domain = fc.record({
  content: fc.tuple(fc.constantFrom("image", "video", "text"), words).map(([kind, more]) => [kind, ...more].join("/")),
  colour: fc.constantFrom("rgb" as const, "grey" as const, null),
  side: fc.option(fc.integer({ min: 1, max: 4096 })),
});

describe("similarity of domains", () => {
  it("lies between 0 and 1, is the same from both sides, and 1 for a domain and itself", () => {
    fc.assert(
      fc.property(domain, domain, (one, other) => {
        const similarity = domainSimilarity(one, other);
        expect(similarity).to.be.within(0, 1);
        expect(domainSimilarity(other, one)).to.be.closeTo(similarity, 1e-12);
        expect(domainSimilarity(one, one)).to.be.closeTo(1, 1e-12);
      }),
    );
  });

  it("falls as the sides grow apart", () => {
    const side = fc.integer({ min: 1, max: 2000 });
    fc.assert(
      fc.property(domain, side, side, (one, a, b) => {
        const [near, far] = [Math.min(a, b), Math.max(a, b)];
        const at = (pixels: number) => domainSimilarity({ ...one, side: 1 }, { ...one, side: pixels });
        expect(at(far)).to.be.at.most(at(near));
      }),
    );
  });
});
