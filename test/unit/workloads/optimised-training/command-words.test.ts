import { expect } from "chai";
import { renderCommand, splitCommand } from "../../../../workloads/optimised-training/command-words.ts";
import { errorOf } from "../../../support/expect-error.ts";

const rendered = (text: string): string => renderCommand(splitCommand(text, "job.application.executable"));

describe("splitCommand", () => {
  it("keeps a variable a variable, and one word", () => {
    expect(rendered("${ASTER_ROOT}/bin/aster --out=$HOME/x")).to.equal(
      `"\${ASTER_ROOT}"/bin/aster '--out='"\${HOME}"/x`,
    );
  });

  it("goes on in the next line after a backslash", () => {
    expect(rendered("one \\\n  two")).to.equal("one two");
  });

  it("knows quotes, and a dollar sign that is none", () => {
    expect(rendered(`'a $b' "c d" e\\ f '' \\$g`)).to.equal(`'a $b' 'c d' 'e f' '' '$g'`);
  });

  it("puts the home folder for a tilde in front of a word, and only there", () => {
    expect(rendered("~/train.py a~b")).to.equal(`"\${HOME}"/train.py 'a~b'`);
  });

  it("refuses what a shell would act on, with the place and what to do", () => {
    const error = errorOf(() => rendered("./train.sh; rm -rf /"));
    expect(error.code).to.equal("command-invalid");
    expect(error.message).to.match(
      /^job\.application\.executable is "\.\/train\.sh; rm -rf \/": it has ";", which a shell/,
    );
    expect(error.hint).to.match(/belongs into a script\.$/);
  });

  for (const [text, why] of [
    ["'open", /a quotation that does not end/],
    ['"open', /a quotation that does not end/],
    ["end\\", /ends with a backslash/],
    ["$(id)", /"\$" without the name of a variable/],
    ['"`id`"', /has "`"/],
  ] as const) {
    it(`refuses ${text}`, () => {
      expect(errorOf(() => rendered(text)).message).to.match(why);
    });
  }
});
