import { expect } from "chai";
import { parseOsRelease } from "../../../tools/distribution.mjs";

describe("parseOsRelease", () => {
  it("knows Debian and what is like it", () => {
    expect(parseOsRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n')).to.deep.equal({
      id: "debian",
      name: "Debian GNU/Linux 12 (bookworm)",
      apt: true,
    });
    expect(parseOsRelease('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).to.include({ id: "linuxmint", apt: true });
  });

  it("knows what is not", () => {
    expect(parseOsRelease('NAME="Fedora Linux"\nID=fedora\nPRETTY_NAME="Fedora Linux 43"')).to.deep.equal({
      id: "fedora",
      name: "Fedora Linux 43",
      apt: false,
    });
    expect(parseOsRelease("")).to.deep.equal({ id: "linux", name: "linux", apt: false });
  });
});
