import { homedir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { cacheDirectory, findingOf, readMachine, required, stateDirectory } from "../../../provider/machine.ts";
import { errorOf } from "../../support/expect-error.ts";
import { fullMachine, TemporaryHomes } from "../../support/machine-file.ts";

describe("machine", () => {
  let homes: TemporaryHomes;
  beforeEach(() => {
    homes = new TemporaryHomes();
  });
  afterEach(() => {
    homes.restore();
  });

  it("is read from the user's cache folder", () => {
    homes.writeMachine({ ...fullMachine, fingerprint: "a key that this reader does not know" });
    expect(readMachine()).to.deep.equal(fullMachine);
  });

  it("of before there was a second framework has none", () => {
    homes.writeMachine({ ...fullMachine, pytorch: undefined });
    expect(readMachine()).to.deep.equal(fullMachine);
  });

  const unreadable: readonly (readonly [string, unknown])[] = [
    ["is cut off", '{"schemaVersion":1'],
    ["has an older format", { ...fullMachine, schemaVersion: 0 }],
    ["lacks a part", { ...fullMachine, guestKernel: undefined }],
  ];
  for (const [how, content] of unreadable) {
    it(`is not set up when its file ${how}`, () => {
      homes.writeMachine(content);
      const { code, message, hint } = errorOf(readMachine);
      expect(code).to.equal("machine-not-set-up");
      expect(message).to.include(path.join(homes.directory, "cache", "underlay", "machine.json"));
      expect(hint).to.match(/npm start/);
    });
  }

  it("is not set up when there is no file", () => {
    expect(errorOf(readMachine).code).to.equal("machine-not-set-up");
  });

  it("keeps cache and state where XDG says", () => {
    expect(cacheDirectory()).to.equal(path.join(homes.directory, "cache", "underlay"));
    expect(stateDirectory()).to.equal(path.join(homes.directory, "state", "underlay"));
  });

  for (const value of ["", "relative/folder"]) {
    it(`falls back to the home folder for XDG folders that are ${JSON.stringify(value)}, as XDG demands`, () => {
      process.env["XDG_CACHE_HOME"] = value;
      process.env["XDG_STATE_HOME"] = value;
      expect(cacheDirectory()).to.equal(path.join(homedir(), ".cache", "underlay"));
      expect(stateDirectory()).to.equal(path.join(homedir(), ".local", "state", "underlay"));
    });
  }
});

describe("required", () => {
  const finding = { id: "guest-kernel", title: "Guest kernel", status: "missing", detail: "none boots" } as const;

  it("gives a part that is there", () => {
    expect(required(fullMachine, "root", fullMachine.root)).to.equal(fullMachine.root);
  });

  it("says what set-up found of a part that is not, and its remedy", () => {
    const machine = { ...fullMachine, findings: [{ ...finding, remedy: "apt install user-mode-linux" }] };
    const error = errorOf(() => required(machine, "guest-kernel", null));
    expect(error.code).to.equal("guest-kernel-missing");
    expect(error.message).to.include("Guest kernel is missing on this machine: none boots.");
    expect(error.hint).to.equal("apt install user-mode-linux");
  });

  it("points to the doctor where set-up never looked", () => {
    expect(findingOf(fullMachine, "guest-kernel")).to.equal(undefined);
    expect(errorOf(() => required(fullMachine, "guest-kernel", null)).hint).to.match(/underlay doctor/);
  });
});
