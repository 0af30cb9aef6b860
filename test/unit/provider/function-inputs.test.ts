import { expect } from "chai";
import {
  functionFrontInputsSchema,
  functionFrontStateSchema,
  functionPackageInputsSchema,
} from "../../../provider/function-inputs.ts";
import { machineMemoryMiB } from "../../../provider/inputs.ts";
import { packageFacts } from "../../fixtures/function/package.ts";

const front = { name: "fn-front", runId: "r0123abcde", package: packageFacts, memoryMiB: 512 };

function complaints(schema: typeof functionFrontInputsSchema, inputs: object): string[] {
  const parsed = schema.safeParse(inputs);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("inputs of a function's front", () => {
  it("have defaults as the service has them", () => {
    expect(functionFrontInputsSchema.parse(front)).to.deep.equal({
      ...front,
      timeoutSec: 30,
      ephemeralStorageMiB: 512,
      maximumInstances: 10,
      idleSec: 600,
      network: false,
      edition: "current",
      variables: {},
    });
  });

  for (const [what, change, complaint] of [
    ["too little memory", { memoryMiB: 127 }, "memoryMiB: must be at least 128 MiB"],
    [
      "more memory than the machine has",
      { memoryMiB: Math.min(machineMemoryMiB, 10_240) + 1 },
      `memoryMiB: must be at most the ${String(Math.min(machineMemoryMiB, 10_240))} MiB `,
    ],
    [
      "more memory than there was in 2017",
      { memoryMiB: 1537, edition: "2017" },
      'memoryMiB: must be at most the 1536 MiB of the edition "2017"',
    ],
    ["no time", { timeoutSec: 0 }, "timeoutSec: must be at least 1 s"],
    ["too many instances", { maximumInstances: 201 }, "maximumInstances: must be at most 200"],
    ["too little storage", { ephemeralStorageMiB: 511 }, "ephemeralStorageMiB: must be at least 512 MiB"],
    ["a variable of the service", { variables: { AWS_REGION: "x" } }, "variables.AWS_REGION: "],
    ["a variable that would hide a run", { variables: { UNDERLAY_RUN: "x" } }, "variables.UNDERLAY_RUN: "],
    ["an unknown property", { memory: 1 }, ": "],
  ] as const) {
    it(`refuse ${what}`, () => {
      expect(complaints(functionFrontInputsSchema, { ...front, ...change })[0]).to.match(
        new RegExp(`^${complaint.replaceAll(/[().]/g, String.raw`\$&`)}`),
      );
    });
  }

  it("are read back from a state whatever the machine has by now", () => {
    const large = { ...front, memoryMiB: 1_000_000 };
    expect(complaints(functionFrontInputsSchema, large)).to.have.lengthOf(1);
    expect(complaints(functionFrontStateSchema, large)).to.deep.equal([]);
  });
});

describe("inputs of a function's package", () => {
  const given = { name: "model", directory: import.meta.dirname, model: "resnet-18" };

  it("have random weights of a seed by default", () => {
    expect(functionPackageInputsSchema.parse(given)).to.deep.equal({ ...given, seed: 1, modelIn: "package" });
  });

  it("refuse a model that cannot be made, and weights that are not there", () => {
    expect(functionPackageInputsSchema.safeParse({ ...given, model: "vgg" }).success).to.equal(false);
    for (const weights of ["/no/such", "/"]) {
      expect(functionPackageInputsSchema.safeParse({ ...given, weights }).success).to.equal(false);
    }
  });
});
