import { readFileSync } from "node:fs";
import { expect } from "chai";
import { tunerStep } from "../../../../tools/steps/tuner.mjs";

describe("the step that gets the tuner", () => {
  it("does nothing where it is not asked for, and says how to ask", async () => {
    const context = { extras: [], cache: "/nowhere/at-all" } as unknown as Parameters<typeof tunerStep>[0];
    const found = await tunerStep(context, { uv: new Promise(() => undefined) });
    expect(found).to.include({ part: null, status: "ok" });
    expect(found.remedy).to.include("setup --with tuner");
  });

  it("takes packages by their hashes", () => {
    const lock = readFileSync(new URL("../../../../tools/requirements/tuner.txt", import.meta.url), "utf8");
    expect(lock).to.match(/^optuna==\d+\.\d+\.\d+ \\\n {4}--hash=sha256:[0-9a-f]{64}/m);
  });
});
