import { expect } from "chai";
import { orderedOutput } from "../../support/output.mjs";

describe("orderedOutput", () => {
  it("prints the first channel live and the second when the first is done", () => {
    const printed: string[] = [];
    const open = orderedOutput((text) => printed.push(text));
    const [first, second] = [open(), open()];
    second.write("second ");
    first.write("first ");
    expect(printed.join("")).to.equal("first ");
    first.end();
    expect(printed.join("")).to.equal("first second ");
    second.write("live");
    expect(printed.join("")).to.equal("first second live");
  });

  it("keeps the order of opening when a later channel ends first", () => {
    const printed: string[] = [];
    const open = orderedOutput((text) => printed.push(text));
    const [first, second, third] = [open(), open(), open()];
    third.write("3");
    third.end();
    second.write("2");
    second.end();
    expect(printed.join("")).to.equal("");
    first.write("1");
    first.end();
    expect(printed.join("")).to.equal("123");
  });
});
