import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { writeCompletion, writeManual } from "../../../cli/completion/write.ts";
import { makeProgram } from "../../../cli/program.ts";
import { servedModelNames } from "../../../provider/resources.ts";
import { modelNames, profileNames } from "../../../workloads/index.ts";
import { captured } from "../../support/captured.ts";
import { skip } from "../../support/skip.ts";

const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;

/** Programs that nothing may be printed by: what they print is a complaint. */
function complaints(input: string, program: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(program, args, { input, encoding: "utf8" });
  return `${stdout}${stderr}${status === 0 ? "" : `ended with ${String(status)}`}`;
}

describe("completion", () => {
  const program = makeProgram();
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "completion-"));
    writeFileSync(path.join(folder, "request.json"), "{}");
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Lines that a reader types, the last word being completed, and some of what is offered; all of it where it is exact. */
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["adv", ["advise"]],
    ["dat", ["data-set"]],
    ["advise --sc", ["--scenario"]],
    ["advise --scenario ", ["single", "distributed", "shared"]],
    ["advise --json --scenario di", ["distributed"]],
    ["advise --price con", ["container-on-bare-metal=", "container-on-vm="]],
    ["start --config rou", ["rounds="]],
    ["start --model r", ["resnet50"]],
    ["optimise req", ["request.json"]],
    ["optimise request.json --dr", ["--dry-run"]],
    ["completion ", ["bash", "zsh", "fish"]],
    ["nothing --js", []],
    ["start --profile ", ["quick", "paper"]],
    ["--ver", ["--version"]],
  ];

  it("is done by bash itself", async function () {
    if (!has("bash")) skip(this, "there is no bash");
    const script = await captured("stdout", () => {
      writeCompletion(program, "bash");
    });
    const asked = cases.map(([line]) => {
      const words = ["underlay", ...line.split(" ")].map((word) => `'${word}'`).join(" ");
      return `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _underlay; echo "\${COMPREPLY[*]}"`;
    });
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-u"], {
      ...{ input: `${script}\n${asked.join("\n")}\ncomplete -p underlay\n`, encoding: "utf8", cwd: folder },
    });
    expect(stderr).to.equal("");
    const [...answers] = stdout.trimEnd().split("\n");
    expect(answers.pop()).to.equal("complete -F _underlay underlay");
    expect(
      answers.map((answer, at) => [cases[at]?.[0], answer.split(" ").filter((word) => word !== "")]),
    ).to.deep.equal(cases);
  });

  for (const shell of ["zsh", "fish"] as const) {
    it(`is a script that ${shell} takes`, async function () {
      const script = await captured("stdout", () => {
        writeCompletion(program, shell);
      });
      for (const name of program.commands.map((command) => command.name())) {
        expect(script).to.match(new RegExp(String.raw`[\s'(]${name}[ ':)]`));
      }
      if (!has(shell)) skip(this, `there is no ${shell}`);
      expect(complaints(script, shell, "-n")).to.equal("");
    });
  }

  it("offers what there is", () => {
    const choices = (command: string, option: string): readonly string[] | undefined =>
      program.commands.find((each) => each.name() === command)?.options.find(({ long }) => long === option)?.argChoices;
    expect(choices("start", "--model")).to.deep.equal(modelNames);
    expect(choices("start", "--profile")).to.deep.equal(profileNames);
    expect(choices("tune", "--model")).to.deep.equal(servedModelNames);
  });
});

describe("the manual page", () => {
  const program = makeProgram();
  let page: string;
  before(async () => {
    page = await captured("stdout", () => {
      writeManual(program);
    });
  });

  it("has every command with every option", () => {
    const plain = page.replaceAll(/\\f[BRI]|\\:/g, "").replaceAll("\\-", "-");
    for (const command of program.commands) {
      const [, section = ""] = plain.split(`.SS ${command.name()} `);
      const longs = command.options.map(({ long }) => long ?? "");
      expect(longs.filter((long) => !section.includes(long))).to.deep.equal([], command.name());
    }
  });

  it("is roff without a warning", function () {
    if (!has("groff")) skip(this, "there is no groff");
    expect(complaints(page, "groff", "-man", "-k", "-ww", "-z", "-Tutf8")).to.equal("");
  });
});
