import { expect } from "chai";
import { homedir } from "node:os";
import { join } from "node:path";
import { cacheIn } from "../../../tools/paths.mjs";

describe("the cache of set-up", () => {
  it("is where the provider looks for it: an empty or relative XDG_CACHE_HOME is ignored", () => {
    expect(cacheIn("/var/cache")).to.equal("/var/cache/underlay");
    for (const given of [undefined, "", "relative"]) {
      expect(cacheIn(given), String(given)).to.equal(join(homedir(), ".cache", "underlay"));
    }
  });
});
