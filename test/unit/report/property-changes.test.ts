import { expect } from "chai";
import { propertyChanges } from "../../../report/property-changes.ts";

describe("propertyChanges", () => {
  it("names each value that differs by its path, what comes and what goes", () => {
    const before = { cpus: 1, ports: [{ from: "a" }], kept: { x: [1] }, gone: true };
    const after = { cpus: 2, ports: [{ from: "b" }, { from: "c" }], kept: { x: [1] }, empty: {} };
    expect(propertyChanges(before, after)).to.deep.equal([
      "cpus: 1 → 2",
      'ports[0].from: "a" → "b"',
      "gone: true → nothing",
      'ports[1].from: nothing → "c"',
      "empty: nothing → {}",
    ]);
  });

  it("shortens long values, and only counts what is too much", () => {
    const many = (value: string) =>
      Object.fromEntries(Array.from({ length: 9 }, (_, key) => [`k${String(key)}`, value]));
    const lines = propertyChanges(many("a".repeat(500)), many("b"));
    expect(lines).to.have.length(7);
    expect(lines[0]).to.match(/^k0: "a{59}… → "b"$/);
    expect(lines[6]).to.equal("and 3 more");
  });
});
