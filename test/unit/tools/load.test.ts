import { expect } from "chai";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { execute } from "../../../provider/execute.ts";

const repository = path.resolve(import.meta.dirname, "../../..");

describe("loading a module from its source", function () {
  this.timeout(30_000);
  let folder: string;
  const cache = () => path.join(folder, "cache");
  const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
  const notes = (): string[] =>
    readdirSync(path.join(cache(), "underlay", "source")).filter((name) => name.startsWith("."));
  /** What the module exports, as another process loads it. */
  const loaded = async (name = "main"): Promise<unknown> => {
    const load = pathToFileURL(path.join(folder, "tools", "load.mjs")).href;
    const text = `const { load } = await import("${load}"); console.log(JSON.stringify(await load("${name}")));`;
    const env = { ...process.env, XDG_CACHE_HOME: cache() };
    return JSON.parse(
      await execute([process.execPath, "--input-type=module", "--eval", text], { timeoutSec: 20, env }),
    );
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "load-"));
    mkdirSync(path.join(folder, "tools"));
    for (const name of readdirSync(path.join(repository, "tools")).filter((entry) => entry.endsWith(".mjs"))) {
      cpSync(path.join(repository, "tools", name), path.join(folder, "tools", name));
    }
    symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
    write(
      "main.ts",
      'import { parse } from "yaml";\nimport { two } from "./two.ts";\nexport const sum = two + parse("1");\n',
    );
    write("two.ts", "export const two: number = 2;\n");
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("bundles it once, and again after a change of anything that it imports", async () => {
    await sleep(2100); // What was just written may be written again in the same tick of a coarse clock.
    expect(await loaded()).to.deep.equal({ sum: 3 });
    const [note, ...others] = notes();
    expect(others).to.deep.equal([]);
    // What it was made of holds: the bundle is not made again, whatever is in it.
    const bundles = path.join(cache(), "underlay", "source");
    const [key = ""] = readdirSync(bundles).filter((name) => name !== note);
    write(path.join("cache", "underlay", "source", key, "main.mjs"), "export const sum = 'as bundled';\n");
    expect(await loaded()).to.deep.equal({ sum: "as bundled" });
    write("two.ts", "export const two: number = 5;\n");
    expect(await loaded()).to.deep.equal({ sum: 6 });
    rmSync(bundles, { recursive: true });
    expect(await loaded()).to.deep.equal({ sum: 6 });
  });

  it("trusts no bundle of files that changed while they were read", async () => {
    expect(await loaded()).to.deep.equal({ sum: 3 });
    expect(notes()).to.deep.equal([]);
    write("two.ts", "export const two: number = 4;\n");
    expect(await loaded()).to.deep.equal({ sum: 5 });
  });

  it("forgets what a bundle was made of once it is removed for those that were used later", async () => {
    write("other.ts", "export const other = 1;\n");
    await sleep(2100);
    await loaded("other");
    const [note = ""] = notes();
    const bundles = path.join(cache(), "underlay", "source");
    for (const number of Array.from({ length: 32 }).keys()) {
      mkdirSync(path.join(bundles, `later-${String(number)}`));
    }
    await loaded();
    expect(existsSync(path.join(bundles, note))).to.equal(false);
    expect(notes()).to.have.lengthOf(1);
    expect(await loaded("other")).to.deep.equal({ other: 1 });
  });
});
