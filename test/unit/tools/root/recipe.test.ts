import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { baseImage } from "../../../../tools/root/recipe.mjs";

const requirements = new URL("../../../../tools/requirements/", import.meta.url);
const locks = readdirSync(requirements).filter((name) => name.endsWith(".txt"));

describe("recipe", () => {
  it("pins its base image by digest", () => {
    expect(baseImage).to.match(/@sha256:[0-9a-f]{64}$/);
  });

  it("has a lock for every list of requirements", () => {
    const lists = readdirSync(requirements).filter((name) => name.endsWith(".in"));
    expect(lists.map((name) => name.replace(/\.in$/, ".txt")).sort()).to.deep.equal(locks.sort());
  });

  for (const name of locks) {
    it(`locks every package of ${name} to one version with hashes, and names no registry`, () => {
      const text = readFileSync(new URL(name, requirements), "utf8");
      const entries = text.split(/\n(?=\S)/).filter((entry) => entry.trim() !== "");
      expect(entries.length).to.be.greaterThan(0);
      for (const entry of entries) {
        expect(entry).to.match(/^[a-z0-9._-]+==\S+ (?:; .* )?\\\n {4}--hash=sha256:[0-9a-f]{64}/);
      }
      expect(text).to.not.match(/https?:|--index-url|--find-links/);
    });
  }
});
