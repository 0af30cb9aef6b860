import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { readMachine, required } from "../../provider/machine.ts";
import { copyRepository } from "../support/copied-repository.ts";
import { standIn } from "../support/accepting-provider/stand-in.ts";

const run = promisify(execFile);
const id = (last: number): string => `6d1b0f9e-0000-4000-8000-00000000000${String(last)}`;

/** A virtual machine of OpenStack with a GPU. */
const machine = (admits: string): string => `config:
  underlay:target: openstack
  underlay:environment: vm
  underlay:vmFlavor: ${id(1)}
  underlay:serverImage: ${id(2)}
  underlay:externalNetwork: ${id(3)}
  underlay:admits: ${admits}
  underlay:publicKey: key.pub
  underlay:cpus: "4"
  underlay:owner: me@example.org
  underlay:expires: "2030-12-31"
`;
const training = (cpus: number): string =>
  `config:\n  underlay:environment: container-on-bare-metal\n  cpus: ${String(cpus)}\n`;

describe("a pull request of a team's repository, with the real engine", function () {
  this.timeout(240_000);
  let folder = "";
  let project = "";

  const git = async (...words: string[]): Promise<void> => {
    await run("git", ["-C", project, "-c", "user.name=team", "-c", "user.email=team@example.org", ...words]);
  };
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pull-request-"));
    project = join(folder, "project");
    copyRepository(project);
    const found = readMachine();
    const pulumi = required(found, "pulumi", found.pulumi);
    standIn(join(folder, "bin"), ["openstack"]);
    mkdirSync(join(folder, "cache", "underlay"), { recursive: true });
    writeFileSync(
      join(folder, "cache", "underlay", "machine.json"),
      JSON.stringify({ ...found, pulumi: { ...pulumi, path: [join(folder, "bin"), ...pulumi.path] } }),
    );
    await git("init", "--quiet", "--initial-branch", "main");
    writeFileSync(join(project, ".git", "info", "exclude"), "node_modules\n");
    write({ "Pulumi.training.yaml": training(1) });
    await git("add", ".");
    await git("commit", "--quiet", "--message", "Train on one CPU");
    write({
      "Pulumi.training.yaml": training(2),
      "Pulumi.closed.yaml": machine("203.0.113.0/24"),
      "Pulumi.open.yaml": machine("0.0.0.0/0"),
      "key.pub": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA team\n",
    });
    await git("checkout", "--quiet", "-b", "change");
    await git("add", ".");
    await git("commit", "--quiet", "--message", "Train on two CPUs, and on machines of the cloud");
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Calls the command as continuous integration does; its checks are left to those who wait for them. */
  async function asked(...words: string[]): Promise<{ code: number; comment: string }> {
    const comment = join(folder, "comment.md");
    rmSync(comment, { force: true });
    const all = ["cli/underlay.mjs", "pull-request", "--base", "main", "--output", comment, ...words];
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), XDG_STATE_HOME: join(folder, "state") };
    const code = await run(process.execPath, all, { cwd: project, env }).then(
      () => 0,
      (thrown: unknown) => (thrown as { code: number }).code,
    );
    return { code, comment: readFileSync(comment, "utf8") };
  }

  it("tells what a change of a stack's file changes, and nothing else", async () => {
    const { code, comment } = await asked("--stack", "training", "--check", "node --version");
    expect(comment).to.match(/✅ Nothing stands against this change\. \(`[0-9a-f]{12}` against `[0-9a-f]{12}`\)/);
    expect(comment).to.match(/\| `node --version` \| passed \|/);
    expect(comment).to.match(/\| Pulumi\.training\.yaml \| passed \| 0 \| 3 \| 0 \| nothing is charged for \|/);
    expect(comment).to.include("~ underlay:index:Sandbox container-on-bare-metal-sandbox\n    cpus: 1 → 2\n");
    expect(code).to.equal(0);
    expect((await run("git", ["-C", project, "worktree", "list"])).stdout.trim().split("\n")).to.have.length(1);
  });

  it("is refused for a security group that is open to the world", async () => {
    const { code, comment } = await asked("--stack", "open");
    expect(comment).to.include("❌ `Pulumi.open.yaml` is refused.");
    expect(comment).to.match(/lets the whole world reach port 22\. Admit the addresses that need it/);
    expect(code).to.equal(1);
  });

  it("is refused beyond its budget, and not within it", async () => {
    const book = {
      ...{ schemaVersion: 1, name: "ours", currency: "EUR", asOf: "2026-11-01", machines: [] },
      ...{ electricity: { perKwh: 0.2, pue: 1 }, staff: { perYear: 0, people: 0 } },
      agreed: [{ name: id(1), perHour: 2.5, currency: "EUR", asOf: "2026-11-01", source: "a contract" }],
    };
    write({ "prices.json": JSON.stringify(book) });
    const within = async (perHour: number): ReturnType<typeof asked> => {
      write({ "policies.json": JSON.stringify({ "stack-budget": { perHour, book } }) });
      return asked("--stack", "closed", "--policy-pack-config", "policies.json", "--price-book", "prices.json");
    };
    const dear = await within(2);
    expect(dear.comment).to.include("The stack costs 2.50 EUR an hour, and may cost 2.00 EUR");
    expect(dear.code).to.equal(1);
    const cheap = await within(3);
    expect(cheap.comment).to.match(/\| Pulumi\.closed\.yaml \| passed \| \d+ \| 0 \| 0 \| not planned \| 2\.50 EUR \|/);
    expect(cheap.code).to.equal(0);
  });
});
