import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

const root = path.resolve(import.meta.dirname, "../../..");
const notOurs = new Set(["node_modules", "dist", "out", ".git"]);
/** Written by programs, or given by others. */
const notWritten =
  /(?:^|\/)(?:package-lock\.json|LICENSE|go\.sum|.*\.lock|requirements.*\.txt|golden|fixtures)(?:$|\/)/;

/** Paths of our files, from the root. */
function ourFiles(folder = ""): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      return notOurs.has(entry.name) ? [] : ourFiles(name);
    }
    return entry.isFile() ? [name] : [];
  });
}

/** Text of a file from the root. */
function text(name: string): string {
  return readFileSync(path.join(root, name), "utf8");
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly integrity?: string }>>;
}

describe("the repository", () => {
  const lock = JSON.parse(text("package-lock.json")) as Lock;
  const files = ourFiles();

  it("locks packages by hash and not by the address of a registry", () => {
    const locked = Object.entries(lock.packages).filter(([name]) => name !== "");
    expect(locked).to.have.length.above(100);
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).to.deep.equal([]);
    expect(locked.filter(([, { integrity }]) => integrity === undefined).map(([name]) => name)).to.deep.equal([]);
  });

  it("has one @pulumi/pulumi: two would not know each other's resources", () => {
    const copies = Object.keys(lock.packages).filter((name) => name.endsWith("node_modules/@pulumi/pulumi"));
    expect(copies).to.deep.equal(["node_modules/@pulumi/pulumi"]);
    const installed = Object.keys(lock.packages).filter((name) =>
      existsSync(path.join(root, name, "node_modules/@pulumi/pulumi/package.json")),
    );
    expect(installed).to.deep.equal([""]);
  });

  it("pins every dependency to one version", () => {
    const { dependencies, devDependencies } = JSON.parse(text("package.json")) as Record<
      "dependencies" | "devDependencies",
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, range]) => !/^\d/.test(range));
    expect(loose).to.deep.equal([]);
  });

  it("has no source file of more than 400 lines", () => {
    const sources = files.filter((name) => /\.(?:ts|mjs|js|py|sh|go|yml|yaml)$/.test(name) && !notWritten.test(name));
    expect(sources).to.have.length.above(50);
    const lines = (name: string): number => text(name).replace(/\n$/, "").split("\n").length;
    expect(sources.filter((name) => lines(name) > 400)).to.deep.equal([]);
  });

  it("names files in kebab-case and by what they hold", () => {
    // Python names its modules in snake_case; the rest of the names are their tools' own.
    const sources = files.filter((name) => /\.(?:ts|mjs)$/.test(name)).map((name) => path.basename(name));
    expect(sources.filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)+$/.test(name))).to.deep.equal([]);
    expect(files.filter((name) => /(?:^|\/)(?:utils?|helpers?|common|manager)\b/.test(name))).to.deep.equal([]);
  });

  it("starts its programs by executable files", () => {
    const programs = [".ci/run", "provider/pulumi-resource-underlay"];
    expect(programs.filter((name) => (statSync(path.join(root, name)).mode & 0o111) === 0)).to.deep.equal([]);
  });

  it("pins every action of its workflows to a commit", () => {
    const uses = files
      .filter((name) => name.startsWith(".github/workflows/"))
      .flatMap((name) => text(name).match(/uses: \S+.*/g) ?? []);
    expect(uses).to.have.length.above(1);
    expect(uses.filter((line) => !/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).to.deep.equal([]);
  });
});
