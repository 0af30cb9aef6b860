// Builds what the npm package of the policies ships: one module with the prices that it reads, beside which npm puts the
// packages that it imports. With --clean it removes it again: in the repository the pack is its source.
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const folder = path.resolve(import.meta.dirname, "..", "policy");
const dist = path.join(folder, "dist");
rmSync(dist, { recursive: true, force: true });
if (!process.argv.includes("--clean")) {
  await build({
    entryPoints: [path.join(folder, "index.ts")],
    outfile: path.join(dist, "index.mjs"),
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
  });
  // What a module reads lies beside it, and all modules are this one now.
  const prices = path.join(folder, "..", "catalogue", "prices");
  cpSync(prices, dist, { recursive: true, filter: (from) => !/\.ts$|importers$/.test(from) });
}
