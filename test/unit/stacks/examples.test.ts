import { expect } from "chai";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfig } from "../../../stacks/index.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const examples = readdirSync(project).filter((name) => /^Pulumi\..*\.example\.yaml$/.test(name));
/** The pairs of a file of configuration, all of which are text. */
const pairsOf = (text: string): [string, string][] =>
  [...text.matchAll(/^ {2}(underlay:\w+): (?:"(.*)"|(.*))$/gm)].map(([, key = "", quoted, plain]) => [
    key,
    quoted ?? plain ?? "",
  ]);
/** Keys whose value is a file that only its user has. */
const files = ["kubeconfig", "publicKey", "identityFile", "knownHosts"];

describe("the example configurations", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "examples-"));
    writeFileSync(join(folder, "file"), "");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("are one for each environment, for their comparison, and for a cluster", () => {
    const names = examples.map((name) => name.split(".")[1]).sort();
    expect(names).to.deep.equal([
      ...["bare-metal", "comparison", "container-on-bare-metal", "container-on-vm", "kubernetes", "vm"],
    ]);
  });

  for (const name of examples) {
    it(`${name} is a configuration that is taken`, () => {
      const pairs = pairsOf(readFileSync(join(project, name), "utf8"));
      expect(pairs).to.have.lengthOf.at.least(5);
      const own = (key: string): boolean => files.includes(key.split(":")[1] ?? "");
      const given = Object.fromEntries(pairs.map(([key, value]) => [key, own(key) ? join(folder, "file") : value]));
      const [, named] = name.split(".");
      expect(readConfig(given).environment).to.equal(named === "kubernetes" ? "container-on-bare-metal" : named);
    });
  }
});
