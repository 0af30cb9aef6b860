import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { hpcSchema } from "../../../stacks/hpc-config.ts";
import { configKeys } from "../../../stacks/index.ts";
import { servingKeys } from "../../../stacks/serving-config.ts";
import { documents, root, spansIn, textOf } from "../../support/documents/blocks.ts";

/** Links of a document to files of the repository, with what follows `#`. */
function linksIn(markdown: string): { readonly target: string; readonly anchor: string }[] {
  const outside = markdown.replaceAll(/^( *)(`{3,})[^]*?^\1\2$/gm, "").replaceAll(/`[^`]*`/g, "");
  return [...outside.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => ({ target: link.split("#")[0] ?? "", anchor: link.split("#")[1] ?? "" }));
}

/** Anchors of a document's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("references of the documents", () => {
  const files = documents().filter((file) => file !== "CHANGELOG.md");

  it("lead to files and headings that there are", () => {
    const dead = files.flatMap((file) =>
      linksIn(textOf(file)).flatMap(({ target, anchor }) => {
        const absolute = target === "" ? path.join(root, file) : path.resolve(root, path.dirname(file), target);
        const found =
          existsSync(absolute) && (anchor === "" || anchorsOf(readFileSync(absolute, "utf8")).includes(anchor));
        return found ? [] : [`${file}: ${target}#${anchor}`];
      }),
    );
    expect(dead).to.deep.equal([]);
  });

  it("name files of the repository that there are", () => {
    const folders = ["bench", "catalogue", "cli", "components", "docs", "examples", "measure", "policy", "provider"];
    const ours = new RegExp(
      String.raw`^(?:${[...folders, "report", "stacks", "test", "tools", "workloads"].join("|")})/[\w./-]+\.(?:ts|mjs|py|md|json|yaml)$`,
    );
    const named = files.flatMap((file) =>
      spansIn(textOf(file)).flatMap(({ text, line }) =>
        ours.test(text) ? [{ place: `${file}:${String(line)}`, text }] : [],
      ),
    );
    expect(named).to.have.length.above(20);
    expect(named.filter(({ text }) => !existsSync(path.join(root, text)))).to.deep.equal([]);
  });

  it("have every key of the configuration in a table, and no other", () => {
    const tables = ["configuration", "ssh", "openstack", "kubernetes"]
      .map((name) => textOf(`docs/${name}.md`))
      .join("\n");
    const known = [...configKeys, ...servingKeys, ...Object.keys(hpcSchema.shape)];
    expect(known).to.have.length.above(40);
    const said = new Set([...tables.matchAll(/`([A-Za-z]+)`/g)].map(([, key = ""]) => key));
    expect(known.filter((key) => !said.has(key))).to.deep.equal([]);
    const rows = [...textOf("docs/configuration.md").matchAll(/^\| ((?:`[A-Za-z]+`(?:, | and )?)+)/gm)];
    const keys = rows.flatMap(([, cell = ""]) => [...cell.matchAll(/`([A-Za-z]+)`/g)].map(([, key = ""]) => key));
    expect(keys).to.have.length.above(30);
    expect(keys.filter((key) => !known.includes(key))).to.deep.equal([]);
  });
});
