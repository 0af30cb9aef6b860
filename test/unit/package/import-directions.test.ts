import { expect } from "chai";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";
import { architecture } from "../../support/import-directions.mjs";

/** What the import rules say about one file with this text. */
function complaints(filename: string, text: string): string[] {
  const parsing = {
    files: ["**/*.ts", "**/*.mjs"],
    languageOptions: { parser: tseslint.parser as Linter.Parser },
    plugins: { "@typescript-eslint": tseslint.plugin as unknown as NonNullable<Linter.Config["plugins"]>[string] },
  };
  return new Linter().verify(text, [parsing, ...architecture], { filename }).map(({ message }) => message);
}

const allowed: readonly (readonly [string, string])[] = [
  ["measure/a.ts", 'import { b } from "./b.ts";'],
  ["measure/a.ts", 'import { createHash } from "node:crypto";'],
  ["report/charts/a.ts", 'import { b } from "../../measure/b.ts";'],
  ["provider/sandbox/a.ts", 'import { b } from "../session.ts";'],
  ["components/local/a.ts", 'import { Sandbox } from "../../provider/resources.ts";'],
  ["components/local/a.ts", 'import type { Connection } from "../../provider/connection.ts";'],
  ["workloads/training/a.ts", 'import type { Host } from "../../components/host.ts";'],
  ["stacks/a.ts", 'import { VmHost } from "../components/index.ts";'],
  ["stacks/a.ts", 'import { b } from "../provider/machine.ts";'],
  ["cli/a.ts", 'import { b } from "../provider/machine.ts";'],
  ["cli/a.mjs", 'import { load } from "../tools/load.mjs";'],
  ["provider/a.mjs", 'import { load } from "../tools/load.mjs";'],
  ["index.ts", 'import { b } from "./stacks/index.ts";'],
  ["stacks/a.ts", 'import type * as pulumi from "@pulumi/pulumi";'],
  ["stacks/a.ts", 'import { getStack } from "@pulumi/pulumi/metadata.js";'],
];

const forbidden: readonly (readonly [string, string])[] = [
  ["measure/a.ts", 'import { b } from "../report/b.ts";'],
  ["measure/a.ts", 'import type { b } from "../provider/resources.ts";'],
  ["measure/a.ts", 'import { readFile } from "node:fs/promises";'],
  ["measure/a.ts", 'import * as pulumi from "@pulumi/pulumi";'],
  ["report/a.ts", 'import { b } from "../provider/b.ts";'],
  ["provider/sandbox/a.ts", 'import { b } from "../../components/b.ts";'],
  ["components/local/a.ts", 'import { b } from "../../provider/session.ts";'],
  ["components/local/a.ts", 'import { Connection } from "../../provider/connection.ts";'],
  ["components/local/a.ts", 'import { b } from "../../workloads/training/b.ts";'],
  ["components/local/a.ts", "const home = process.env;"],
  ["components/local/a.ts", 'import { env } from "node:process";'],
  ["workloads/training/a.ts", 'import { Host } from "../../components/host.ts";'],
  ["workloads/training/a.ts", 'import type { VmHost } from "../../components/local/vm-host.ts";'],
  ["stacks/a.ts", 'import { b } from "../provider/session.ts";'],
  ["stacks/a.ts", 'export { b } from "../cli/b.ts";'],
  ["stacks/a.ts", 'import * as pulumi from "@pulumi/pulumi";'],
  ["provider/a.ts", 'import { b } from "../tools/setup.mjs";'],
  ["tools/a.mjs", 'import { b } from "../measure/b.ts";'],
  ["cli/a.ts", 'import { b } from "underlay/components";'],
  ["cli/a.ts", 'import { b } from "../components/b.ts";'],
  ["index.ts", 'import { b } from "./components/index.ts";'],
];

describe("import directions", () => {
  for (const [file, text] of allowed) {
    it(`lets ${file} say ${text}`, () => {
      expect(complaints(file, text)).to.deep.equal([]);
    });
  }
  for (const [file, text] of forbidden) {
    it(`forbids ${file} to say ${text}`, () => {
      expect(complaints(file, text)).to.have.lengthOf(1);
    });
  }
});
