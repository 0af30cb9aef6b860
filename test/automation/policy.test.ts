import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { configure, openWorkspace } from "../../cli/workspace.ts";
import { messageOf } from "../../measure/error.ts";
import { readMachine } from "../../provider/machine.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pack = join(root, "policy");
const digest = `registry.example/underlay@sha256:${"a".repeat(64)}`;

/** Puts stand-ins for the providers of clouds on PATH: of them a preview only asks whether they take the inputs. */
function standIn(folder: string, clouds: readonly string[]): void {
  const launcher = join(root, "test/support/accepting-provider/launch.mjs");
  mkdirSync(folder);
  for (const cloud of clouds) {
    const file = join(folder, `pulumi-resource-${cloud}`);
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
    chmodSync(file, 0o755);
  }
  process.env["PATH"] = [folder, process.env["PATH"] ?? ""].join(delimiter);
}

describe("the policy pack, with the real engine", function () {
  this.timeout(240_000);
  const before_ = { path: process.env["PATH"], state: process.env["XDG_STATE_HOME"] };
  let state = "";

  before(() => {
    state = mkdtempSync(join(tmpdir(), "policy-stack-"));
    process.env["XDG_STATE_HOME"] = state;
    standIn(join(state, "bin"), ["aws", "kubernetes", "openstack"]);
    writeFileSync(join(state, "kubeconfig"), "apiVersion: v1\nkind: Config\n");
  });

  after(() => {
    process.env["PATH"] = before_.path;
    if (before_.state === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before_.state;
    rmSync(state, { recursive: true, force: true });
  });

  const open = (name: string, program: string, config: Record<string, string>): Promise<Stack> =>
    openWorkspace({ name, program: join(root, program), config, machine: readMachine() });

  /** What a preview under the pack says; "" when it is let pass. */
  async function refusal(stack: Stack, settings?: object): Promise<string> {
    const file = join(state, "settings.json");
    writeFileSync(file, JSON.stringify(settings ?? {}));
    try {
      await stack.preview({ policyPacks: [pack], ...(settings === undefined ? {} : { policyPackConfigs: [file] }) });
      return "";
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  describe("lets pass the stack", () => {
    let stack: Stack;
    before(async () => {
      stack = await open("passes", "program.mjs", {});
    });

    const local = ["comparison", "bare-metal", "vm", "container-on-bare-metal", "container-on-vm", "serverless"];
    const kubernetes = { "underlay:target": "kubernetes", "underlay:environment": "container-on-bare-metal" };
    const stacks: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ...local.map((name) => [name, { "underlay:environment": name }] as const),
      ["serverless on AWS", { "underlay:environment": "serverless", "underlay:target": "aws" }],
      ["container-on-bare-metal on Kubernetes", { ...kubernetes, "underlay:image": digest }],
    ];
    for (const [name, config] of stacks) {
      it(name, async () => {
        const where =
          config["underlay:target"] === "kubernetes" ? { "underlay:kubeconfig": join(state, "kubeconfig") } : {};
        await configure(stack, { ...config, ...where });
        expect(await refusal(stack)).to.equal("");
      });
    }

    it("of the example of an endpoint on AWS Lambda", async () => {
      expect(await refusal(await open("example", "examples/lambda-endpoint/program.mjs", {}))).to.equal("");
    });
  });

  describe("of a machine of OpenStack", () => {
    let stack: Stack;
    const owner = { "test:owner": "me@example.org" };
    before(async () => {
      stack = await open("machine", "test/automation/policy-program/program.mjs", owner);
    });
    beforeEach(() => configure(stack, owner));

    it("lets one pass that says whose it is", async () => {
      expect(await refusal(stack)).to.equal("");
    });

    it("refuses one that does not", async () => {
      await configure(stack, {});
      expect(await refusal(stack)).to.match(/costly-owned[\s\S]*hosts-0-server does not say its owner, run, expires/);
    });

    it("refuses a port that is open to the world, unless it was declared", async () => {
      await configure(stack, { ...owner, "test:admits": "0.0.0.0/0" });
      expect(await refusal(stack)).to.match(/network-not-open[\s\S]*lets the whole world reach port 22/);
      expect(await refusal(stack, { "network-not-open": { openPorts: [22] } })).to.equal("");
    });

    it("refuses more than the quota allows, and what is too dear", async () => {
      expect(await refusal(stack, { "stack-quota": { maxGpus: 1 } })).to.match(/The stack has 2 GPUs, and may have 1/);
      const book = {
        ...{ schemaVersion: 1, name: "ours", currency: "EUR", asOf: "2026-11-01", machines: [] },
        ...{ electricity: { perKwh: 0.2, pue: 1 }, staff: { perYear: 0, people: 0 } },
        agreed: [{ name: "gpu-flavor", perHour: 2.5, currency: "EUR", asOf: "2026-11-01", source: "a contract" }],
      };
      const budget = { total: 40, hours: 8 };
      expect(await refusal(stack, { "stack-budget": { ...budget, book } })).to.equal("");
      expect(await refusal(stack, { "stack-budget": { ...budget, hours: 9, book } })).to.match(
        /stack-budget[\s\S]*The stack costs 45\.00 EUR in 9 hours, and may cost 40\.00 EUR/,
      );
      expect(await refusal(stack, { "stack-budget": budget })).to.match(/No price is known of [^.]*hosts-0-server/);
    });

    it("is not asked by a rule that is switched off", async () => {
      await configure(stack, {});
      expect(await refusal(stack, { "costly-owned": "disabled" })).to.equal("");
    });
  });

  it("refuses pods of an image that a tag names", async () => {
    const config = {
      "underlay:environment": "container-on-bare-metal",
      "underlay:target": "kubernetes",
      "underlay:kubeconfig": join(state, "kubeconfig"),
      "underlay:image": "registry.example/underlay:1.0",
    };
    expect(await refusal(await open("tagged", "program.mjs", config))).to.match(/images-pinned[\s\S]*underlay:1\.0/);
  });
});
