import { expect } from "chai";
import { UnderlayError } from "../../../measure/error.ts";
import type { PythonLock } from "../../../provider/python-lock.ts";
import { chooseLock, type Locker } from "../../../provider/version-sets.ts";
import { serviceMeasurement } from "../../fixtures/service-measurement.ts";
import { rejectionOf } from "../../support/expect-error.ts";
import { fullMachine } from "../../support/machine-file.ts";

const options = { pythonVersion: "3.11" };

const lockOf = (keras: string): PythonLock => ({
  text: `keras==${keras} --hash=sha256:0\n`,
  packages: [
    { name: "keras", version: keras },
    { name: "h5py", version: "3.14.0" },
  ],
});

/** Resolves to the pinned version of Keras, or 3.15.1; one is not valid. */
const asked: string[][] = [];
const lock: Locker = (_machine, lines) => {
  asked.push([...lines]);
  const pinned = lines.map((line) => /^keras==(.*)$/.exec(line)?.[1]).find((version) => version !== undefined);
  return pinned === "2.15.0"
    ? Promise.reject(new UnderlayError("requirements-contradict", "No versions fit together."))
    : Promise.resolve(lockOf(pinned ?? "3.15.1"));
};

const measured = (keras: string, factor: number) =>
  serviceMeasurement({
    packages: [
      { name: "Keras", version: keras },
      { name: "h5py", version: "3.13.0" },
    ],
    imageBytes: Math.round(9e8 * factor),
    coldStartSec: 8 * factor,
  });

describe("choosing a lock", () => {
  beforeEach(() => asked.splice(0));

  it("is the newest valid one without records, and asks the index once", async () => {
    const { text, choice } = await chooseLock(fullMachine, ["keras>=3"], options, [], lock);
    expect(text).to.include("keras==3.15.1");
    expect(choice).to.include({ by: "newest", because: "no service with these distributions was measured" });
    expect(asked).to.deep.equal([["keras>=3"]]);
  });

  it("is one that was measured to be cheaper, where it is valid; only what is asked for by name is pinned", async () => {
    const slow = [1.01, 1, 0.99].map((factor) => measured("3.15.1", factor));
    const records = [
      ...slow,
      ...[0.51, 0.5, 0.49].map((factor) => measured("3.12.0", factor)),
      measured("2.15.0", 0.1),
    ];
    const { text, choice } = await chooseLock(fullMachine, ["keras>=3"], options, records, lock);
    expect(text).to.include("keras==3.12.0");
    expect(choice.by).to.equal("measured records");
    expect(choice.because).to.include("7 measured services");
    expect(asked).to.deep.equal([["keras>=3"], ["keras>=3", "keras==3.12.0"], ["keras>=3", "keras==2.15.0"]]);
  });

  it("fails where the newest set does, and where the index cannot be asked for another", async () => {
    const broken: Locker = (_machine, lines) =>
      lines.length === 1
        ? Promise.resolve(lockOf("3.15.1"))
        : Promise.reject(new UnderlayError("index-unreachable", "The package index cannot be asked."));
    const records = Array.from({ length: 6 }, () => measured("3.12.0", 1));
    const error = await rejectionOf(chooseLock(fullMachine, ["keras"], options, records, broken));
    expect(error.code).to.equal("index-unreachable");
  });
});
