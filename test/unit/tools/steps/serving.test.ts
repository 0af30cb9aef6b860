import { expect } from "chai";
import { servingStep } from "../../../../tools/steps/serving.mjs";

describe("the step that gets what functions are made of", () => {
  it("does nothing where it is not asked for, and says how to ask", async () => {
    const context = { extras: [], cache: "/nowhere/at-all" } as unknown as Parameters<typeof servingStep>[0];
    const never = () => expect.fail("asked for the root");
    const found = await servingStep(context, { uv: new Promise(() => undefined), root: never });
    expect(found).to.include({ part: null, status: "ok" });
    expect(found.remedy).to.include("setup --with serving");
  });
});
