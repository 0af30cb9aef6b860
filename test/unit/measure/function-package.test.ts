import { expect } from "chai";
import { packageFit } from "../../../measure/function-package.ts";

const mebibyte = 1024 * 1024;
const fit = (zippedMiB: number, unzippedMiB: number) =>
  packageFit({
    bytes: zippedMiB * mebibyte,
    unzippedBytes: unzippedMiB * mebibyte,
    parts: [{ name: "numpy", bytes: 60 * mebibyte, zippedBytes: 17 * mebibyte }],
  });

describe("a package against the service's limits", () => {
  it("goes the least demanding way that takes it", () => {
    expect(fit(50, 250).way).to.equal("direct");
    expect(fit(51, 250).way).to.equal("s3");
    expect(fit(40, 251).way).to.equal("image");
    expect(fit(9000, 10_241).way).to.equal(null);
  });

  it("says of each limit how much is used, and what takes the space", () => {
    expect(fit(51, 100).lines).to.deep.equal([
      "zip archive, uploaded directly: 51.0 MiB of 50.0 MiB, TOO LARGE",
      "unpacked zip archive, from S3: 100.0 MiB of 250.0 MiB",
      "container image: 100.0 MiB of 10240.0 MiB",
      "largest: numpy 60.0 MiB",
    ]);
  });
});
