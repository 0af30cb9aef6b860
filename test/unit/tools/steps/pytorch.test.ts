import { expect } from "chai";
import { pytorchStep } from "../../../../tools/steps/pytorch.mjs";

describe("the step that gets PyTorch", () => {
  it("does nothing where it is not asked for, and says how to ask", async () => {
    const context = { extras: [], cache: "/nowhere/at-all" } as unknown as Parameters<typeof pytorchStep>[0];
    const never = () => expect.fail("asked for the root");
    const found = await pytorchStep(context, { uv: new Promise(() => undefined), root: never });
    expect(found).to.include({ part: null, status: "ok" });
    expect(found.remedy).to.include("setup --with pytorch");
  });
});
