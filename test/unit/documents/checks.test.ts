import { expect } from "chai";
import { type Block, blocksIn, spansIn } from "../../support/documents/blocks.ts";
import { problemsOf } from "../../support/documents/checks.ts";
import { isSafe, mentionProblem } from "../../support/documents/command-lines.ts";
import { shellCommands } from "../../support/documents/shell.ts";

const fence = "```";
const reason = "<!-- block: not run, a fixture -->\n";

/** The one block of a document. */
function block(language: string, text: string, before = reason): Block {
  const [only, ...more] = blocksIn(`# Title\n\n${before}\n${fence}${language}\n${text}\n${fence}\n`, "a.md");
  expect(more).to.deep.equal([]);
  return only!;
}

/** Blocks that are wrong, with what is said of each. */
const wrong: readonly (readonly [string, string, RegExp, string?])[] = [
  ["sh", "npx underlay strat", /unknown command 'strat'/],
  ["sh", "npx underlay start --keeep", /unknown option '--keeep'/],
  ["sh", "npx underlay optimise", /missing required argument 'file'/],
  ["sh", "npx underlay advise --metric speed", /'speed' is invalid/],
  ["sh", "npx underlay autotune", /required option '--data/],
  ["sh", "npx underlay setup --with nothing", /--with is "nothing"/],
  ["sh", "npm start -- --modell alexnet", /unknown option '--modell'/],
  ["sh", "npm start -- --config modell=alexnet", /Did you mean underlay:model\?/],
  ["sh", "npm run benchmark", /has no script benchmark/],
  ["sh", "npm run setup --force", /put -- before/],
  ["sh", "npm run bench -- no-such-bench", /no bench no-such-bench/],
  ["sh", "npm test -- --lane nothing", /no lane nothing/],
  ["sh", "npx mocha test/unit/gone.test.ts", /there is no test\/unit\/gone/],
  ["sh", "plumi up", /plumi is none of the programs/],
  ["sh", "pulumi upp", /pulumi upp is none/],
  ["sh", "pulumi config set underlay:model resnet", /underlay:model is "resnet", but must be one of/],
  ["sh", "pulumi config set underlay:target kubernetes && pulumi up", /where target is kubernetes/],
  ["sh", "if true; then", /syntax error/],
  ["sh", "npm start", /says no reason/, ""],
  ["sh", "npx underlay detect . > findings", /says no reason/, ""],
  ["yaml", "config:\n  underlay:environment: vms", /underlay:environment is "vms"/, ""],
  ["yaml", "config: [", /Flow sequence/, ""],
  ["yaml", "other: true", /neither a Pulumi project/, ""],
  ["json", '{"no-such-policy": "advisory"}', /no-such-policy/, "<!-- block: schema policies -->\n"],
  ["json", '{"stack-quota": {"maxGpus": "many"}}', /stack-quota/, "<!-- block: schema policies -->\n"],
  ["json", '{"job": {}}', /data/, "<!-- block: schema optimisation-request -->\n"],
  ["json", "{}", /says no schema/, ""],
  ["json", "{", /JSON/, "<!-- block: schema policies -->\n"],
  ["python", "def f(:", /SyntaxError/, ""],
  ["shell", "npm start", /none of sh,/, ""],
  ["", "npm start", /none of sh,/, ""],
];

const right: readonly (readonly [string, string, string?])[] = [
  ["sh", 'A=1 npx underlay advise --price "vm=0.12" \\\n  --price bare-metal=0.4 # cheap'],
  ["sh", "npx underlay study lin-2018 --only alexnet --config rounds=5"],
  ["sh", "npx underlay detect examples/fashion-mnist\nnpx underlay start --help", ""],
  [
    "sh",
    "pulumi config set underlay:environment hpc && pulumi config set underlay:request r.json &&\n" +
      "pulumi config set underlay:data MNIST",
  ],
  ["yaml", 'config:\n  underlay:environment: vm\n  underlay:cpus: "1"\n  aws:region: eu-central-1', ""],
  ["json", '{"stack-quota": {"maxGpus": 8}, "pod-rights": "advisory"}', "<!-- block: schema policies -->\n"],
  ["python", "print(1)", ""],
  ["text", "npm strat", ""],
];

describe("the check of code blocks", () => {
  for (const [language, text, problem, before] of wrong) {
    it(`finds ${JSON.stringify(text)} wrong`, () => {
      expect(problemsOf(block(language, text, before)).join("\n")).to.match(problem);
    });
  }

  it("lets right ones pass", () => {
    expect(right.flatMap(([language, text, before]) => problemsOf(block(language, text, before)))).to.deep.equal([]);
  });

  it("finds blocks with their line, without their indentation, and with what comments say of them", () => {
    const text = `${reason}<!-- block: given declare\nconst a: string; -->\n\n- one\n\n  ${fence}ts\n  a;\n    b;\n  ${fence}\n`;
    expect(blocksIn(text, "a.md")).to.deep.equal([
      {
        ...{
          file: "a.md",
          line: 7,
          language: "ts",
          text: "a;\n  b;",
          notRun: null,
          continues: false,
          given: "",
          schema: null,
        },
      },
    ]);
    expect(blocksIn(text.replace("- one\n\n", ""), "a.md")[0]).to.include({
      ...{ line: 5, notRun: "a fixture", given: "declare\nconst a: string;" },
    });
    expect(() => blocksIn(`<!-- block: skipped -->\n${fence}\n${fence}\n`, "a.md")).to.throw(
      /a\.md:2: "block: skipped"/,
    );
    expect(() => blocksIn(`${fence}sh\n`, "a.md")).to.throw("a.md:1: the block has no end");
  });

  it("finds what running text names, and not what blocks have", () => {
    expect(spansIn(`a \`b\`\n\n${fence}sh\n\`c\`\n${fence}\n\n\`d\ne\`\n`)).to.deep.equal([
      { text: "b", line: 1 },
      { text: "d e", line: 7 },
    ]);
    expect(mentionProblem(["setup", "--with", "pytorch"])).to.equal(null);
    expect(mentionProblem(["tune", "--memory", "128"])).to.equal(null);
    expect(mentionProblem(["tune", "--memmory"])).to.equal("tune has no option --memmory");
    expect(mentionProblem(["tunes"])).to.equal("there is no command tunes");
  });

  it("splits as a shell does", () => {
    const wordsOf = (text: string): (readonly string[])[] => shellCommands(text).map(({ words }) => words);
    expect(wordsOf(`a 'b c' "d \\" e" f\\ g # h\ni | j && k; l`)).to.deep.equal([
      ...[["a", "b c", 'd " e', "f g"], ["i"], ["j"], ["k"], ["l"]],
    ]);
    expect(wordsOf('run="uv pip"\n$run -o $HOME/x > y 2>&1')).to.deep.equal([["uv", "pip", "-o", "$HOME/x"]]);
    expect(shellCommands("a\nb | c > d").map(({ line, redirected }) => [line, redirected])).to.deep.equal([
      ...[
        [0, false],
        [1, true],
        [1, true],
      ],
    ]);
  });

  it("runs nothing that changes anything", () => {
    const unsafe = [
      "start",
      "reap",
      "tune",
      "study ishakian-2018",
      "optimise a.json",
      "optimise a.json --run",
      "image a",
    ];
    const lines = [...unsafe, "detect . --lock a", "setup --help", "pulumi --help", "autotune --data a"];
    expect(lines.filter((line) => isSafe(["npx", "underlay", ...line.split(" ")]))).to.deep.equal([]);
    expect(isSafe(["npm", "start"])).to.equal(false);
    expect(isSafe(["underlay", "start", "--help"])).to.equal(true);
  });
});
