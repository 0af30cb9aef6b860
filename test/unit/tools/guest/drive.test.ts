import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { marker, releaseOf, writeProbeDrive } from "../../../../tools/guest/drive.mjs";

describe("releaseOf", () => {
  it("finds the kernel's release among what a console prints", () => {
    expect(releaseOf(`SELinux: noise\r\n${marker} 6.1.176\r\nreboot: Power down`)).to.equal("6.1.176");
    expect(releaseOf("Kernel panic - not syncing")).to.equal(null);
  });
});

describe("writeProbeDrive", () => {
  it("makes an archive of whole blocks with an init that says the marker", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "underlay-drive-"));
    try {
      const drive = await writeProbeDrive(folder);
      expect(statSync(drive).size % 512).to.equal(0);
      expect(execFileSync("tar", ["-xOf", drive, "init"], { encoding: "utf8" })).to.contain(
        `echo "${marker} $(uname -r)"`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
