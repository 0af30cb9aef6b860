import { expect } from "chai";
import { makeProgram } from "../../../cli/program.ts";

describe("the command line", () => {
  it("describes every command, argument and option", () => {
    const { commands } = makeProgram();
    expect(commands).to.have.length.above(10);
    const bare = commands.flatMap((command) => [
      ...(command.description() === "" ? [command.name()] : []),
      ...command.registeredArguments.filter(({ description }) => description === "").map((each) => each.name()),
      ...command.options.filter(({ description }) => description === "").map(({ flags }) => flags),
    ]);
    expect(bare).to.deep.equal([]);
  });

  it("has every command in a group of its help, and no group twice", () => {
    const program = makeProgram();
    expect(program.commands.filter((command) => command.helpGroup() === "").map((each) => each.name())).to.deep.equal(
      [],
    );
    const headings = program.helpInformation().match(/^\S.*:$/gm) ?? [];
    expect(headings).to.deep.equal([...new Set(headings)]);
  });

  it("tells of defaults that are something", () => {
    const helps = makeProgram().commands.map((command) => command.helpInformation());
    expect(helps.filter((text) => /default: (?:\[\]|false)/.test(text))).to.deep.equal([]);
    expect(helps.some((text) => text.includes('default: "quick"'))).to.equal(true);
  });
});
