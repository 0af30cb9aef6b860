import { expect } from "chai";
import type { PlannedResource } from "../../../measure/planned/resource.ts";
import { commentMark, isGood, pullRequestMarkdown, type PullRequestReport } from "../../../report/pull-request.ts";

const resource = (name: string, props: unknown = {}): PlannedResource => ({
  ...{ type: "underlay:index:Sandbox", name, urn: `urn:${name}`, props, from: {} },
});
const cost = (perHour: number) => ({
  charges: [],
  totals: [{ currency: "USD", perHour }],
  rates: [],
  unknown: ["gpu"],
  byUse: [],
});
const whole: PullRequestReport = {
  base: "a".repeat(40),
  head: "b".repeat(40),
  hours: 1,
  checks: [{ name: "npm test", seconds: 3, output: null }],
  environments: [
    {
      environment: "vm",
      seconds: 2,
      problems: [],
      notes: [],
      plan: {
        before: [resource("kept", { a: 1 }), resource("grown", { a: 1 }), resource("gone")],
        after: [resource("kept", { a: 1 }), resource("grown", { a: 2 }), resource("new")],
      },
      cost: { before: cost(1), after: cost(2.5), changes: [] },
    },
  ],
  comparison: "# Report",
  slower: [],
};

describe("pullRequestMarkdown", () => {
  it("begins with the mark, and tells what is made, changed, removed and charged", () => {
    const text = pullRequestMarkdown(whole);
    expect(text.split("\n")[0]).to.equal(commentMark);
    expect(isGood(whole)).to.equal(true);
    expect(text).to.include("✅").and.include("`bbbbbbbbbbbb` against `aaaaaaaaaaaa`");
    expect(text).to.include(
      "| vm | passed | 1 | 1 | 1 | 1.00 USD, 1 without a price | 2.50 USD, 1 without a price | 2.0 s |",
    );
    expect(text).to.include(
      "+ underlay:index:Sandbox new\n~ underlay:index:Sandbox grown\n    a: 1 → 2\n- underlay:index:Sandbox gone",
    );
    expect(text).to.include("# Report").and.not.include("Sandbox kept");
    expect(text, "nothing in it is charged for").to.not.include("### Cost");
  });

  const against: readonly (readonly [string, Partial<PullRequestReport>, string, RegExp])[] = [
    [
      "a check that fails",
      { checks: [{ name: "npm test", seconds: 3, output: "1 failing" }] },
      "1 failing",
      /❌ `npm test` failed\./,
    ],
    [
      "a preview that is refused",
      {
        environments: [
          { environment: "vm", seconds: 2, problems: ["open port 22"], notes: [], plan: null, cost: null },
        ],
      },
      "open port 22",
      /❌ `vm` is refused\.[\s\S]*<details open><summary>vm/,
    ],
    ["what became slower", { slower: ["vm is slower"] }, "**Slower:** vm is slower", /❌ something became slower\./],
  ];
  for (const [what, change, said, says] of against) {
    it(`stands against ${what}`, () => {
      const report = { ...whole, ...change };
      expect(isGood(report)).to.equal(false);
      expect(pullRequestMarkdown(report)).to.match(says).and.include(said);
    });
  }

  it("lets nothing that a program printed end its block or begin markup", () => {
    const output = "```\n<!-- x -->\n````\n@everyone";
    const text = pullRequestMarkdown({ ...whole, checks: [{ name: "a`b|c", seconds: 1, output }] });
    expect(text).to.include(`\`\`\`\`\`text\n${output}\n\`\`\`\`\``);
  });

  it("stays within what a comment may have", () => {
    expect(pullRequestMarkdown({ ...whole, comparison: "x".repeat(100_000) }).length).to.be.lessThan(65_536);
  });
});
