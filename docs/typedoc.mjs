// The reference of the package's exports: `npm run docs` writes it to out/reference, and ends badly at any warning.
import { readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports).filter((name) => name !== "./package.json");

/** @type {import("typedoc").TypeDocOptions} */
export default {
  name: "underlay",
  entryPoints: entries.map((name) => path.join(root, name, "index.ts")),
  tsconfig: path.join(root, "tsconfig.json"),
  skipErrorChecking: true,
  out: path.join(root, "out/reference"),
  readme: "none",
  excludeExternals: true,
  excludePrivate: true,
  disableSources: true,
  // Types are inferred from schemas, which are no part of the interface.
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  // Properties of types that are inferred from a schema have no comment that the compiler carries along; the linter holds
  // the rest.
  requiredToBeDocumented: ["Variable", "Function", "Class", "Interface", "TypeAlias", "Enum", "Method", "Accessor"],
  treatWarningsAsErrors: true,
};
