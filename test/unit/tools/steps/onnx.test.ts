import { readFileSync } from "node:fs";
import { expect } from "chai";
import { onnxStep } from "../../../../tools/steps/onnx.mjs";

describe("the step that gets converters to ONNX", () => {
  it("does nothing where it is not asked for, and says how to ask", async () => {
    const context = { extras: [], cache: "/nowhere/at-all" } as unknown as Parameters<typeof onnxStep>[0];
    const found = await onnxStep(context, {
      uv: new Promise(() => undefined),
      root: () => new Promise(() => undefined),
    });
    expect(found).to.include({ part: null, status: "ok" });
    expect(found.remedy).to.include("setup --with onnx");
  });

  it("takes packages by their hashes", () => {
    const lock = readFileSync(new URL("../../../../tools/requirements/onnx.txt", import.meta.url), "utf8");
    expect(lock).to.match(/^onnx==\d+\.\d+\.\d+ \\\n {4}--hash=sha256:[0-9a-f]{64}/m);
  });
});
