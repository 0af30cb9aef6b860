import { expect } from "chai";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { makeProgram } from "../../../cli/program.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = join(root, ".github", "workflows");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Workflow {
  readonly on: object;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly jobs: Readonly<Record<string, { readonly permissions?: Readonly<Record<string, string>>; steps: Step[] }>>;
}
const workflows = readdirSync(folder).map((name): [string, Workflow] => [
  name,
  parse(read(`.github/workflows/${name}`)) as Workflow,
]);

/** Files of the repository that lines of a shell name. */
const filesIn = (lines: string): string[] => lines.match(/(?:^|\s)(?:\.ci|ci|cli|tools|test)\/[\w./-]+/gm) ?? [];

function mustBeThere(lines: string, by: string): void {
  for (const file of filesIn(lines).map((name) => name.trim())) {
    expect(existsSync(join(root, file)), `${by} names ${file}`).to.equal(true);
  }
}

describe("workflows", () => {
  it("never cut off a run, begin without rights, and pin every action to a commit", () => {
    expect(workflows.map(([name]) => name)).to.deep.equal(["audit.yml", "ci.yml", "expired.yml", "pull-request.yml"]);
    for (const [name, { concurrency, permissions, jobs }] of workflows) {
      expect(concurrency["cancel-in-progress"], name).to.equal(false);
      expect(Object.values(permissions), name).to.not.include("write");
      const steps = Object.values(jobs).flatMap((job) => job.steps);
      for (const { uses } of steps) {
        if (uses !== undefined) expect(uses, name).to.match(/@[0-9a-f]{40}$/);
      }
    }
  });

  it("let only that job write that runs nothing of the change", () => {
    const jobs = workflows.flatMap(([, workflow]) => Object.entries(workflow.jobs));
    const writers = jobs.filter(([, { permissions = {} }]) => Object.values(permissions).includes("write"));
    expect(writers.map(([name]) => name)).to.deep.equal(["comment"]);
    const [, comment] = writers[0]!;
    const shell = comment.steps.map(({ run = "" }) => run).join("\n");
    expect(shell).to.not.match(/npm|underlay\.mjs|ci\//);
    expect(shell, "expressions are handed on by the environment").to.not.include("${{");
  });

  it("call programs that are there, as GitLab's template does, with options that are known", () => {
    for (const [name, { jobs }] of workflows) {
      Object.values(jobs).forEach(({ steps }) => steps.forEach(({ run = "" }) => mustBeThere(run, name)));
    }
    const gitlab = parse(read("ci/gitlab.yml")) as Readonly<
      Record<
        string,
        { readonly script?: readonly string[]; readonly interruptible?: boolean; readonly variables?: object }
      >
    >;
    expect(gitlab[".underlay"]?.interruptible).to.equal(false);
    expect(gitlab[".underlay"]?.variables, "all of the history, or the base may be missing").to.include({
      GIT_DEPTH: "0",
    });
    const writer = gitlab["underlay-comment"]?.script ?? [];
    expect(writer[0], "all of the base, not single files").to.equal(
      'git checkout --force --detach "$CI_MERGE_REQUEST_DIFF_BASE_SHA"',
    );
    expect(writer.join("\n")).to.not.match(/npm|underlay\.mjs|ci\//);
    expect(Object.values(gitlab).flatMap(({ script = [] }) => script)).to.have.length.greaterThan(4);
    Object.values(gitlab).forEach(({ script = [] }) => mustBeThere(script.join("\n"), "ci/gitlab.yml"));
    for (const file of ["ci/audit.sh", "ci/pull-request.sh", "ci/expired.sh"]) {
      expect(statSync(join(root, file)).mode & 0o111, file).to.not.equal(0);
      const shell = read(file).replaceAll("\\\n", " ");
      mustBeThere(shell, file);
      for (const [, name = "", words = ""] of shell.matchAll(/cli\/underlay\.mjs (\S+)(.*)/g)) {
        const command = makeProgram().commands.find((one) => one.name() === name);
        expect(command, `${file} calls ${name}`).to.not.equal(undefined);
        const known = command!.options.map(({ long }) => long);
        const outside = words.replaceAll(/"[^"]*"/g, "");
        for (const option of outside.match(/--[a-z-]+/g) ?? []) expect(known, file).to.include(option);
      }
    }
  });
});
