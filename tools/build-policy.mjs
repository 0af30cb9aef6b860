// Builds what the npm package of the policies ships: one module, beside which npm puts the packages that it imports.
import path from "node:path";
import { build } from "esbuild";

const folder = path.resolve(import.meta.dirname, "..", "policy");
await build({
  entryPoints: [path.join(folder, "index.ts")],
  outfile: path.join(folder, "dist", "index.mjs"),
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
});
