import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { pricePlan } from "../../cli/price.ts";
import { configure, openWorkspace } from "../../cli/workspace.ts";
import { messageOf } from "../../measure/error.ts";
import { readMachine, required } from "../../provider/machine.ts";
import { captured } from "../support/captured.ts";
import { standIn } from "../support/accepting-provider/stand-in.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pack = join(root, "policy");
const digest = `registry.example/underlay@sha256:${"a".repeat(64)}`;

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

  /** Opens a stack for whose engine the stand-ins come before providers that this machine has. */
  function open(name: string, program: string, config: Record<string, string>): Promise<Stack> {
    const found = readMachine();
    const pulumi = required(found, "pulumi", found.pulumi);
    const machine = { ...found, pulumi: { ...pulumi, path: [join(state, "bin"), ...pulumi.path] } };
    return openWorkspace({ name, program: join(root, program), config, machine });
  }

  /** What `pulumi preview --json` prints. */
  function planOf({ name, workspace }: Stack): string {
    const { pulumiCommand, workDir, envVars, pulumiHome = "" } = workspace;
    const words = ["preview", "--json", "--non-interactive", "--stack", name];
    const env = { ...process.env, ...envVars, PULUMI_HOME: pulumiHome };
    return execFileSync(pulumiCommand.command, words, { cwd: workDir, env, encoding: "utf8", maxBuffer: 2 ** 26 });
  }

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

    // Those of one environment are parts of a comparison: the lane of mocks asks the rules about each.
    const local = ["comparison", "serverless"];
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

  describe("of the example of a model's service on EKS", () => {
    const given = {
      "example:image": `registry.example/mnist@sha256:${"a".repeat(64)}`,
      "example:builder": `registry.example/builder@sha256:${"b".repeat(64)}`,
      "example:subnetIds": "subnet-a,subnet-b",
    };
    let stack: Stack;
    before(async () => {
      stack = await open("eks", "examples/model-service-on-eks/program.mjs", given);
    });

    it("lets it pass within its budget, which the engine's own plan is priced by, too", async () => {
      expect(await refusal(stack, { "stack-budget": { total: 3, hours: 8 } })).to.equal("");
      const plan = join(state, "plan.json");
      writeFileSync(plan, planOf(stack));
      const print = (budget: string): Promise<string> =>
        captured("stdout", () => {
          expect(pricePlan(plan, { hours: "8", budget })).to.equal(Number(budget) < 2.5924 ? 1 : 0);
        });
      // Two m7i.large, the control plane and a network load balancer.
      expect(await print("2.60")).to.include("total: 0.3241 USD an hour, 2.593 USD in 8 h");
      expect(await print("2.59")).to.match(/over budget: The stack costs 2\.59 USD/);
    });
  });

  describe("of a machine of OpenStack", () => {
    let stack: Stack;
    const owner = { "test:owner": "me@example.org" };
    before(async () => {
      stack = await open("machine", "test/preview/program/program.mjs", owner);
    });

    it("lets one pass that says whose it is", async () => {
      expect(await refusal(stack)).to.equal("");
    });

    describe("that nobody owns, that is open to the world and too dear", () => {
      const book = {
        ...{ schemaVersion: 1, name: "ours", currency: "EUR", asOf: "2026-11-01", machines: [] },
        ...{ electricity: { perKwh: 0.2, pue: 1 }, staff: { perYear: 0, people: 0 } },
        agreed: [{ name: "gpu-flavor", perHour: 2.5, currency: "EUR", asOf: "2026-11-01", source: "a contract" }],
      };
      const budget = { total: 40, hours: 8 };
      before(() => configure(stack, { "test:admits": "0.0.0.0/0" }));

      it("refuses it for each of these", async () => {
        const said = await refusal(stack, {
          "stack-quota": { maxGpus: 1 },
          "stack-budget": { ...budget, hours: 9, book },
        });
        expect(said).to.match(/costly-owned[\s\S]*hosts-0-server does not say its owner, run, expires/);
        expect(said).to.match(/network-not-open[\s\S]*lets the whole world reach port 22/);
        expect(said).to.match(/The stack has 2 GPUs, and may have 1/);
        expect(said).to.match(/stack-budget[\s\S]*The stack costs 45\.00 EUR in 9 hours, and may cost 40\.00 EUR/);
      });

      it("refuses it for a price that nobody knows alone, where a rule is switched off and a port was declared", async () => {
        const allowed = { "costly-owned": "disabled", "network-not-open": { openPorts: [22] } };
        const said = await refusal(stack, { ...allowed, "stack-budget": budget });
        expect(said).to.match(/No price is known of [^.]*hosts-0-server/);
        expect(said).to.not.match(/does not say its owner|lets the whole world/);
        expect(await refusal(stack, { ...allowed, "stack-budget": { ...budget, book } })).to.equal("");
      });
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
