import { expect } from "chai";
import fc from "fast-check";
import { imageSize } from "../../../../tools/root/block-image.mjs";

describe("imageSize", () => {
  it("has room for the files, their inodes and a guest's writing, in whole MiB", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 1, max: 10_000_000 }), (bytes, files) => {
        const size = imageSize(bytes, files);
        expect(size.inodes).to.be.greaterThan(files);
        expect(size.bytes).to.be.at.least(bytes + size.inodes * 256 + 2 ** 30);
        expect(size.bytes % 2 ** 20).to.equal(0);
      }),
    );
  });
});
