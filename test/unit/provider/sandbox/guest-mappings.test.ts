import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { raiseMapLimit } from "../../../../provider/sandbox/guest-mappings.ts";

describe("the kernel's limit of mappings", () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "guest-mappings-"));
    file = path.join(directory, "max_map_count");
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it("is raised to what a guest whose pages all lie apart needs", () => {
    writeFileSync(file, "65530\n");
    expect(raiseMapLimit(3072, file)).to.equal(null);
    expect(Number(readFileSync(file, "utf8"))).to.equal(3072 * 256 + 4096);
  });

  it("is left as it is where it is high enough", () => {
    writeFileSync(file, "2147483647\n");
    expect(raiseMapLimit(3072, file)).to.equal(null);
    expect(readFileSync(file, "utf8")).to.equal("2147483647\n");
  });

  it("that may not be raised is told with its remedy", () => {
    expect(raiseMapLimit(64, path.join(directory, "missing", "max_map_count"))).to.match(
      /a guest of 64 MiB may stall .* `sysctl -w vm\.max_map_count=20480`/,
    );
  });
});
