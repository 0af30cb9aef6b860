import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { commandLine, connectionSchema, quote, through } from "../../../provider/connection.ts";

const ssh = { argv: ["ssh", "-T", "root@192.0.2.2"], shell: true };
const runc = { argv: ["runc", "exec", "underlay"], shell: false };
const podman = { argv: ["podman", "exec", "--interactive", "c"], shell: false };

describe("quote", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["plain", "plain"],
    ["/tmp/a-b_c.d:e@f%g+h,i", "/tmp/a-b_c.d:e@f%g+h,i"],
    ["", "''"],
    ["two words", "'two words'"],
    ["$HOME `id` \\", "'$HOME `id` \\'"],
    ["it's", `'it'\\''s'`],
    ["line\nfeed", "'line\nfeed'"],
    ["~root", "'~root'"],
    ["*", "'*'"],
    // As the first word of a command it would be an assignment.
    ["A=1", "'A=1'"],
  ];
  for (const [word, quoted] of cases) {
    it(`writes ${JSON.stringify(word)} as ${quoted}`, () => {
      expect(quote(word)).to.equal(quoted);
    });
  }

  it("refuses a NUL, which no command line can carry", () => {
    expect(() => quote("a\0b")).to.throw(RangeError, /NUL/);
  });
});

describe("commandLine", () => {
  const argv = ["python3", "a b.py"];

  it("is the command itself without hops", () => {
    expect(commandLine({ hops: [] }, argv)).to.deep.equal(argv);
  });

  it("appends the words after a hop that takes an argument vector", () => {
    expect(commandLine({ hops: [podman] }, argv)).to.deep.equal([...podman.argv, ...argv]);
  });

  it("passes one quoted word to a hop that is read by a shell", () => {
    expect(commandLine({ hops: [ssh] }, argv)).to.deep.equal([...ssh.argv, "python3 'a b.py'"]);
  });

  it("goes from the outside to the inside", () => {
    expect(commandLine(through({ hops: [ssh] }, runc), argv)).to.deep.equal([
      ...ssh.argv,
      "runc exec underlay python3 'a b.py'",
    ]);
  });

  it("quotes again at every shell on the way", () => {
    expect(commandLine({ hops: [ssh, ssh] }, ["echo", "it's"])).to.deep.equal([
      ...ssh.argv,
      `ssh -T root@192.0.2.2 'echo '\\''it'\\''\\'\\'''\\''s'\\'''`,
    ]);
  });

  it("runs a command whose name looks like an assignment as a command", () => {
    const [file = "", ...rest] = commandLine({ hops: [{ argv: ["sh", "-c"], shell: true }] }, ["A=1"]);
    const { status, stderr } = spawnSync(file, rest, { encoding: "utf8" });
    expect(status).to.equal(127);
    expect(stderr).to.match(/A=1.*not found/);
  });
});

describe("a connection", () => {
  it("leaves the one it goes on from alone", () => {
    const outer = { hops: [ssh] };
    expect(through(outer, runc).hops).to.deep.equal([ssh, runc]);
    expect(outer.hops).to.deep.equal([ssh]);
  });

  it("has no hop without a command", () => {
    expect(connectionSchema.safeParse({ hops: [{ argv: [], shell: false }] }).success).to.equal(false);
  });
});
