import { expect } from "chai";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ls } from "../../cli/ls.ts";
import { reapExpiredStacks } from "../../cli/reap/expired-stacks.ts";
import { projectRoot } from "../../cli/version.ts";
import { runsOnDisk } from "../../provider/run-directory.ts";
import type { StackRow } from "../../report/stack-list.ts";
import { captured } from "../support/captured.ts";
import { type HashingStack, openHashingStack } from "../support/hashing-stack.ts";

/** Variables of the caller that lead to a backend. */
const variables = ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_HOME"] as const;

describe("stacks that stand until a day, with the real engine", function () {
  this.timeout(300_000);
  let hashing: HashingStack;
  const before_ = new Map(variables.map((name) => [name, process.env[name]]));

  before(async () => {
    hashing = await openHashingStack("tenure", { environments: ["bare-metal"], blocks: 1, owner: "somebody" });
    const { workspace } = hashing.stack;
    for (const name of variables) process.env[name] = workspace.envVars[name] ?? workspace.pulumiHome ?? "";
  });
  after(async () => {
    for (const [name, value] of before_) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await hashing.dispose();
  });

  const listed = async (): Promise<StackRow[]> =>
    JSON.parse(await captured("stdout", () => ls({ json: true }))) as StackRow[];

  it("are listed, keep their run when the day is set, and are destroyed once it has come", async () => {
    const first = await hashing.stack.up();
    const runId = String(first.outputs["runId"]?.value);
    const [row, ...more] = await listed();
    expect(more).to.deep.equal([]);
    expect(row).to.include({ runId, owner: "somebody", expires: null, expired: false, problem: null });
    expect(row?.ageSec).to.be.within(0, 300);
    expect(row?.spent).to.deep.equal([]);

    await hashing.configure({ expires: "2020-01-01" });
    const second = await hashing.stack.up();
    expect(second.summary.resourceChanges).to.include({ update: 1 }).and.not.have.property("replace");
    expect(second.outputs["runId"]?.value).to.equal(runId);
    expect((await listed())[0]).to.include({ runId, expires: "2020-01-01", expired: true });

    let code = -1;
    const asked = await captured("stdout", async () => (code = await reapExpiredStacks(false)));
    expect(code).to.equal(1);
    expect(asked).to.include("of somebody, was to stand until 2020-01-01").and.include("add --yes");
    expect(runsOnDisk()).to.deep.equal([runId]);
    await captured("stdout", async () => (code = await reapExpiredStacks(true)));
    expect(code).to.equal(0);
    expect(runsOnDisk()).to.deep.equal([]);
    expect(existsSync(join(projectRoot, "Pulumi.tenure.yaml")), "settings that the stack had not").to.equal(false);
    expect(await hashing.leftovers(runId)).to.deep.equal([]);
    expect((await listed())[0]).to.include({ runId: null, resources: 0, expired: false });
  });
});
