// What Pulumi's analyzer starts: the compiled pack in the package, its source in the repository.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const compiled = join(module.path, "dist", "index.mjs");
if (existsSync(compiled)) {
  void import(compiled);
} else {
  void import("../tools/load.mjs").then(({ load }) => load("policy/index"));
}
