import { expect } from "chai";
import { type PortOptions, portSettings } from "../../../cli/port-options.ts";
import { errorOf } from "../../support/expect-error.ts";

const typed = (said: Partial<PortOptions> = {}): PortOptions => ({
  ...{ to: "onnx", out: "model.onnx", opset: "18", input: [], range: "0,1", relative: "0.001", absolute: "0.00001" },
  ...{ samples: "64", seed: "1", blocks: "12", requests: "50", starts: "3", threads: "1", timing: true, ...said },
});

describe("options of a port", () => {
  it("are read as numbers, shapes and types", () => {
    const input = ["1x3x224x224", "?x128:int64"];
    expect(portSettings(typed({ input, range: "-1,255.5", timing: false }))).to.deep.equal({
      ...{ opset: 18, samples: 64, seed: 1, low: -1, high: 255.5, relative: 0.001, absolute: 0.00001 },
      ...{ blocks: 0, requests: 50, starts: 3, threads: 1, types: ["float32", "int64"] },
      shapes: [
        [1, 3, 224, 224],
        [null, 128],
      ],
    });
    expect(portSettings(typed())).to.include({ shapes: null, types: null, blocks: 12 });
  });

  it("are refused by name, with what is allowed", () => {
    const wrong: Partial<PortOptions>[] = [
      { to: "tflite" },
      { opset: "six" },
      { opset: "6" },
      { input: ["3x"] },
      { input: ["3x0"] },
      { input: ["3x4:text"] },
      { range: "1,1" },
      { range: "low" },
      { relative: "-1" },
      { samples: "0" },
      { blocks: "2" },
      { threads: "0" },
    ];
    for (const said of wrong) {
      const [[option, value] = ["", ""]] = Object.entries(said);
      const { code, message } = errorOf(() => portSettings(typed(said)));
      expect(code).to.equal("option-invalid");
      expect(message).to.include(`--${option} is "${String(value)}"`);
    }
  });
});
