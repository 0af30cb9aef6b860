import { expect } from "chai";
import { CommanderError } from "commander";
import { exitCodeOf } from "../../../cli/exit-code.ts";
import { UnderlayError } from "../../../measure/error.ts";

describe("the exit code of a command that throws", () => {
  it("is 130 after Ctrl-C, 2 for what the user has to mend, and 0 for help", () => {
    expect(exitCodeOf(new UnderlayError("interrupted", "Nothing was ported."))).to.equal(130);
    expect(exitCodeOf(new UnderlayError("option-invalid", "--seed is none."))).to.equal(2);
    expect(exitCodeOf(new CommanderError(1, "commander.unknownOption", "unknown"))).to.equal(2);
    expect(exitCodeOf(new CommanderError(0, "commander.helpDisplayed", "help"))).to.equal(0);
    expect(exitCodeOf(new Error("unforeseen"))).to.equal(2);
  });
});
