import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import ts from "typescript";
import { allBlocks } from "../support/documents/blocks.ts";
import { programsOf } from "../support/documents/programs.ts";
import { type PackedProject, packedProject } from "../support/packed-project.ts";

const repository = path.resolve(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8")) as {
  readonly version: string;
  readonly man: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
};

/** A Pulumi program of somebody who installed the library. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { BareMetalHost, ContainerHost, type Host, Run, VmHost } from "underlay/components";
import { Training, trainingPlan } from "underlay/workloads";

const made: string[] = [];
pulumi.runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    made.push(type);
    return { id: name, state: { ...inputs, runId: "r123456789", connection: [], facts: {}, results: {} } };
  },
  call: ({ inputs }) => inputs,
});
const run = new Run("run", { project: "p", stack: "s" });
const metal = new BareMetalHost("metal", { run });
const vm = new VmHost("vm", { run, memoryMiB: 2048 });
const hosts: readonly Host[] = [metal, vm, new ContainerHost("on-metal", { run, on: metal }), new ContainerHost("on-vm", { run, on: vm })];
const training = new Training("training", { run, hosts });
pulumi.all([training.results, pulumi.all(hosts.map(({ facts }) => facts))]).apply(() => {
  const environments = hosts.map(({ environment }) => environment);
  console.log(JSON.stringify({ environments, made, directory: trainingPlan({}).directory }));
});
`;

/** A block of a document that is wrong: what must not go unnoticed. */
const wrongProgram = `
import { BareMetalHost, Run } from "underlay/components";
new BareMetalHost("metal", { run: new Run("run", { project: "p", stack: "s" }), memory: 2048 });
`;

/** What the program prints. */
interface Printed {
  readonly environments: readonly string[];
  readonly made: readonly string[];
  readonly directory: string;
}

/** Compiles files of the project and returns what the compiler says about them and about the library. */
function compile(project: string, files: readonly string[]): string[] {
  const sources = files.map((file) => path.join(project, file));
  const compiled = ts.createProgram(sources, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts"],
    types: ["node"],
    typeRoots: [path.join(repository, "node_modules/@types")],
    strict: true,
    exactOptionalPropertyTypes: true,
  });
  const own = compiled.getSourceFiles().filter(({ fileName }) => sources.includes(fileName));
  // One by one: all at once would check what every package declares.
  own.forEach((each) => compiled.emit(each));
  // Declarations of other packages are theirs; ours are checked whole, as without skipLibCheck.
  const library = compiled.getSourceFiles().filter(({ fileName }) => isOurs(fileName));
  expect(library).to.have.length.above(files.length);
  const diagnostics = [...own, ...library].flatMap((each) => [
    ...compiled.getSyntacticDiagnostics(each),
    ...compiled.getSemanticDiagnostics(each),
  ]);
  return diagnostics.map(({ messageText, file }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, "\n").slice(0, 300);
    return `${path.relative(project, file?.fileName ?? "")}: ${message}`;
  });
}

/** Whether a file belongs to the installed library. */
function isOurs(fileName: string): boolean {
  return fileName.includes("/node_modules/underlay/");
}

/** Whether somebody listens there. */
async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

describe("the packed library in an empty project", () => {
  let packed: PackedProject;

  before(async () => {
    packed = await packedProject();
  });
  after(() => {
    rmSync(packed.folder, { recursive: true, force: true });
  });

  it("ships compiled modules and what they read, no sources, no tests, no caches", () => {
    const names = packed.files.map((file) => file.path);
    const unwanted =
      /(?:^|\/)(?:test|tests|bench|__pycache__|node_modules)\/|(?<!\.d)\.ts$|\.pyc$|test_[^/]*$|tsbuildinfo$/;
    expect(names.filter((name) => unwanted.test(name))).to.deep.equal([]);
    expect(names).to.include.members([
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
      "cli/underlay.mjs",
      "tools/setup.mjs",
      manifest.man,
    ]);
    const launcher = packed.files.find((file) => file.path === "provider/pulumi-resource-underlay");
    expect((launcher?.mode ?? 0) & 0o111).to.not.equal(0);
  });

  it("has every file that its exports name", () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    const absent = targets.filter((target) => !existsSync(path.join(packed.project, "node_modules/underlay", target)));
    expect(absent).to.deep.equal([]);
  });

  it("type-checks in strict programs, ES module and CommonJS, and in those that documents show", () => {
    const shown = programsOf(allBlocks());
    expect(shown).to.have.length.above(10);
    const wrong = { name: "wrong.mts", text: wrongProgram };
    const own = ["program.mts", "program.cts"].map((name) => ({ name, text: program }));
    const programs = [...own, ...shown, wrong];
    for (const { name, text } of programs) {
      writeFileSync(path.join(packed.project, name), text);
    }
    const found = compile(
      packed.project,
      programs.map(({ name }) => name),
    );
    expect(found.filter((line) => !line.startsWith(wrong.name))).to.deep.equal([]);
    expect(found).to.have.lengthOf(1).and.to.have.nested.property("[0]").that.includes("'memory' does not exist");
  });

  for (const [kind, file] of [
    ["an ES module", "program.mjs"],
    ["a CommonJS module", "program.cjs"],
  ] as const) {
    it(`runs under mocks, imported by ${kind}`, async () => {
      const { environments, made, directory } = JSON.parse(await packed.run(process.execPath, file)) as Printed;
      expect(environments).to.deep.equal(["bare-metal", "vm", "container-on-bare-metal", "container-on-vm"]);
      expect(made.filter((type) => type === "underlay:index:Sandbox")).to.have.lengthOf(4);
      expect(made.filter((type) => type === "underlay:index:Measurement")).to.have.lengthOf(1);
      expect(isOurs(directory)).to.equal(true);
      expect(readdirSync(directory)).to.include("main.py");
    });
  }

  for (const entry of Object.keys(manifest.exports).filter((name) => name !== "./package.json")) {
    it(`can import underlay/${entry.slice(2)} without anything undeclared`, async () => {
      const text = `console.log(Object.keys(await import("underlay/${entry.slice(2)}")).length)`;
      expect(Number(await packed.run(process.execPath, "--input-type=module", "-e", text))).to.be.above(0);
    });
  }

  it("has the underlay command", async () => {
    expect(await packed.run("npx", "--offline", "underlay", "--help")).to.include("Usage: underlay");
    expect((await packed.run("npx", "--offline", "underlay", "--version")).trim()).to.equal(manifest.version);
  });

  it("has a provider that serves on the port it prints", async () => {
    const launcher = path.join(packed.project, "node_modules/underlay/provider/pulumi-resource-underlay");
    const child = spawn(launcher, ["127.0.0.1:9"], { cwd: packed.project, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const line = await new Promise<string>((resolve, reject) => {
        createInterface({ input: child.stdout }).once("line", resolve);
        child.once("exit", (code) => reject(new Error(`the provider ended with ${String(code)}`)));
      });
      expect(line).to.match(/^\d+$/);
      expect(await answers(Number(line))).to.equal(true);
    } finally {
      child.kill();
    }
  });
});
