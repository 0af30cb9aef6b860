import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { placeOf, programDigest, programFiles, programPlace, shipProgram } from "../../../provider/program.ts";

describe("a workload program", () => {
  let home: string;
  let directory: string;

  function write(file: string, content: string | Uint8Array): void {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), content);
  }

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "underlay-test-"));
    // The name of a folder above says nothing about the program.
    directory = path.join(home, "__pycache__", ".hidden", "run");
    write("main.py", "print(1)\n");
    write("zoo/net.py", "x = 1\n");
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  it("is all files of its folder, in a fixed order", () => {
    write("a.txt", "");
    expect(programFiles(directory)).to.deep.equal(["a.txt", "main.py", "zoo/net.py"]);
  });

  it("has a digest of the kind sha256:HEX, the same each time", () => {
    expect(programDigest(directory)).to.match(/^sha256:[0-9a-f]{64}$/);
    expect(programDigest(directory)).to.equal(programDigest(directory));
  });

  const changes: readonly (readonly [string, () => void])[] = [
    ["a file's content changes", () => write("main.py", "print(2)\n")],
    ["a file is added", () => write("more.py", "")],
    [
      "a file has another name",
      () => {
        rmSync(path.join(directory, "main.py"));
        write("start.py", "print(1)\n");
      },
    ],
    [
      "a line moves from one file to the next",
      () => {
        write("main.py", "print(1)\nx = 1\n");
        write("zoo/net.py", "");
      },
    ],
  ];
  for (const [what, change] of changes) {
    it(`has another digest when ${what}`, () => {
      const before = programDigest(directory);
      change();
      expect(programDigest(directory)).not.to.equal(before);
    });
  }

  it("does not change by what tools leave in its folder", () => {
    const before = programDigest(directory);
    for (const file of ["__pycache__/main.pyc", "zoo/__pycache__/net.pyc", ".mypy_cache/3.11/a.json", ".main.py.swp"]) {
      write(file, "cache");
    }
    symlinkSync("/etc/passwd", path.join(directory, "link"));
    expect(programDigest(directory)).to.equal(before);
    expect(programFiles(directory)).to.deep.equal(["main.py", "zoo/net.py"]);
  });

  const owner = { runId: "r0123abcde", name: "training" };
  const standing = programPlace(owner, "bare-metal");

  it("arrives on a host byte by byte, in place of what stood there", async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    write("weights.bin", bytes);
    write("-o", "a name that looks like an option");
    const place = path.join(home, "host");
    // A host whose place for the program is a folder of this test: the way there puts it into the command.
    const connection = {
      hops: [{ argv: ["sh", "-c", `"$2" "$3" "$4" "$1" && test "$5" = ${standing}`, "hop", place], shell: false }],
    };
    mkdirSync(place);
    writeFileSync(path.join(place, "stale.py"), "");
    await shipProgram(directory, connection, owner, standing, new AbortController().signal);
    expect(readdirSync(place).sort()).to.deep.equal(["-o", "main.py", "weights.bin", "zoo"]);
    expect([...readFileSync(path.join(place, "weights.bin"))]).to.deep.equal([...bytes]);
    expect(readFileSync(path.join(place, "zoo/net.py"), "utf8")).to.equal("x = 1\n");
  });

  it("has a place of its own for each run, measurement and environment", () => {
    expect(standing).to.equal("/tmp/underlay-r0123abcde-training.bare-metal");
    expect(programPlace(owner, "vm")).to.equal("/tmp/underlay-r0123abcde-training.vm");
    expect(placeOf(directory, { hops: [{ argv: ["enter"], shell: false }] }, standing)).to.equal(standing);
  });

  it("runs where it lies on the machine at hand, and nothing is shipped", async () => {
    const here = { hops: [] };
    expect(placeOf(directory, here, standing)).to.equal(directory);
    // Without a command to run there, shipping would fail.
    await shipProgram("/nowhere", here, owner, standing, new AbortController().signal);
  });
});
