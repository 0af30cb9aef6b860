import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type PriceOptions, pricePlan } from "../../../cli/price.ts";
import { captured } from "../../support/captured.ts";
import { errorOf } from "../../support/expect-error.ts";

type Props = Readonly<Record<string, unknown>>;
const urnOf = (type: string, name: string): string => `urn:pulumi:dev::shop::${type}::${name}`;
const state = (type: string, name: string, inputs: Props, more: Props = {}): Props => {
  return { urn: urnOf(type, name), type, custom: true, inputs, ...more };
};
const step = (op: string, type: string, name: string, inputs: Props, old?: Props, more: Props = {}): Props => ({
  ...{ op, urn: urnOf(type, name) },
  ...(op === "delete" ? {} : { newState: state(type, name, inputs, more) }),
  ...(old === undefined ? {} : { oldState: state(type, name, old) }),
});
const [group, cluster, instance] = [
  "aws:eks/nodeGroup:NodeGroup",
  "aws:eks/cluster:Cluster",
  "aws:ec2/instance:Instance",
];
const nodes = (count: number): Props => ({ instanceTypes: ["m7i.large"], scalingConfig: { desiredSize: count } });
const [functionType, aliasType] = ["aws:lambda/function:Function", "aws:lambda/alias:Alias"];

describe("underlay price", () => {
  const before_ = process.env["XDG_STATE_HOME"];
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "price-"));
    process.env["XDG_STATE_HOME"] = folder;
  });
  after(() => {
    if (before_ === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before_;
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is printed of a plan, and the exit code. */
  async function price(plan: unknown, options: Partial<PriceOptions> = {}): Promise<{ text: string; code: number }> {
    const file = join(folder, "plan.json");
    writeFileSync(file, typeof plan === "string" ? plan : JSON.stringify(plan));
    let code = -1;
    const text = await captured("stdout", () => {
      code = pricePlan(file, { hours: "8", ...options });
    });
    return { text, code };
  }

  const preview = {
    config: {},
    steps: [
      { op: "same", urn: "stack", newState: { urn: "stack", type: "pulumi:pulumi:Stack", custom: false } },
      step("same", cluster, "cluster", {}, {}),
      step("update", group, "nodes", nodes(3), nodes(2)),
      step("delete", instance, "old", {}, { instanceType: "c7i.large" }),
      step("create", functionType, "serve", { memorySize: 2048, architectures: ["arm64"] }),
      step("create", aliasType, "alias", {}, undefined, {
        propertyDependencies: { functionName: [urnOf(functionType, "serve")] },
      }),
      step(
        "create",
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        "ready",
        {
          provisionedConcurrentExecutions: 2,
          functionName: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        },
        undefined,
        { propertyDependencies: { functionName: [urnOf(aliasType, "alias")] } },
      ),
      step("create", instance, "later", { instanceType: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }),
      step("create", "aws:rds/instance:Instance", "data", {}),
    ],
  };

  it("sums what is charged by the hour, each price with its day, and lists what it does not know", async () => {
    const { text, code } = await price(preview);
    expect(code).to.equal(0);
    expect(text).to.match(/^nodes +0\.3024 USD +2026-07-20 +3 × m7i\.large$/m);
    expect(text).to.match(/^cluster +0\.1000 USD +2025-07-07 +EKS control plane$/m);
    // Two instances of 2 GiB on arm64, at USD 0.0000033334 for a GiB-second.
    expect(text).to.match(/^ready +0\.04800 USD +2026-09 +2 instances kept ready, of 2048 MiB$/m);
    expect(text).to.match(/^later +not known +— +its type is not known before it is made$/m);
    expect(text).to.include("total: 0.4504 USD an hour, 3.603 USD in 8 h");
    expect(text).to.match(/^before: 0\.390[89] USD an hour/m);
    expect(text).to.include("No price is known of later and data: not in the total, and not nothing.");
    expect(text).to.match(/^Charged by use, and not in the total: serve\.$/m);
  });

  it("is beyond a budget when it costs more, and when the price of anything is not known", async () => {
    const { text, code } = await price(preview, { budget: "3", perHour: "0.45" });
    expect(code).to.equal(1);
    expect(text).to.match(/over budget: The stack costs 0\.45 USD an hour, and may cost 0\.45 USD\./);
    expect(text).to.match(/over budget: The stack costs 3\.60 USD in 8 hours, and may cost 3\.00 USD\./);
    expect(text).to.match(/over budget: No price is known of later, data\./);
    const known = { steps: preview.steps.slice(0, 3) };
    expect(await price(known, { budget: "3.3" })).to.include({ code: 0 });
    expect((await price(known, { budget: "3.2" })).code).to.equal(1);
  });

  it("tells a pull request what changes, in Markdown that names cannot break", async () => {
    const steps = [...preview.steps, step("create", instance, "a|b\n# <img>", { instanceType: "m7i.large" })];
    const { text } = await price({ steps }, { markdown: true, budget: "1" });
    expect(text).to.match(/^\| nodes \| 0\.2016 USD \| 0\.3024 USD \| 3 × m7i\\?\.large \|$/m);
    expect(text).to.match(/^\| old \| 0\.08925 USD \| — \| c7i\.large \|$/m);
    expect(text).not.to.match(/^\| cluster/m);
    expect(text).to.match(/^\| a\\\|b \\# \\<img\\> \| — \| 0\.1008 USD/m);
    expect(text).to.match(/^\*\*Over budget:\*\* The stack costs/m);
    expect((await price({ steps: [step("same", cluster, "c", {}, {})] }, { markdown: true })).text).to.include(
      "No cost changes.",
    );
  });

  it("reads what a stack has, and brings it into the book's currency at its dated rate", async () => {
    const resources = [
      state("openstack:compute/instance:Instance", "trainer", { flavorName: "gpu.a100.1" }),
      state(group, "nodes", nodes(1)),
      state("underlay:index:Sandbox", "vm", {}),
      state("pulumi:providers:aws", "default", { region: "us-east-1" }),
    ];
    const exported = { version: 3, deployment: { manifest: {}, resources } };
    const priceBook = new URL("../../../examples/price-book.json", import.meta.url).pathname;
    const { text } = await price(exported, { priceBook, here: "cpu-node" });
    expect(text).to.match(/^trainer +1\.800 EUR +2026-11-01 +gpu\.a100\.1$/m);
    expect(text).to.match(/^the machine at hand +1\.313 EUR +2026-11-01 +cpu-node, the machine at hand$/m);
    expect(text).to.include("total: 3.204 EUR an hour");
    expect(text).to.match(/Converted at 1 EUR = 1\.1 USD .*of 2026-11-01\./);
    const json = JSON.parse((await price(exported, { priceBook, currency: "CHF", json: true })).text) as {
      after: { totals: { currency: string }[] };
    };
    expect(json.after.totals.map(({ currency }) => currency)).to.have.members(["EUR", "USD"]);
  });

  it("adds masters and nodes of a Magnum cluster, and has no price for what changes or is of one's own", async () => {
    const magnum = "openstack:containerinfra/cluster:Cluster";
    const counts = { nodeCount: 3, masterCount: 1 };
    const resources = [
      state(magnum, "cluster", { ...counts, flavor: "gpu.a100.1", masterFlavor: "m1.large" }),
      state(magnum, "by-template", counts),
      state(group, "spot", { ...nodes(2), capacityType: "SPOT" }),
      state(instance, "left-over", { instanceType: "m7i.large", instanceMarketOptions: { marketType: "spot" } }),
      state(instance, "own-host", { instanceType: "m7i.large", tenancy: "dedicated" }),
    ];
    const priceBook = new URL("../../../examples/price-book.json", import.meta.url).pathname;
    const { text } = await price({ deployment: { resources } }, { priceBook });
    // 3 × 1.8 and a sixteenth of 1.05 ÷ 0.8.
    expect(text).to.match(/^cluster +5\.482 EUR +2026-11-01 +1 × m1\.large and 3 × gpu\.a100\.1$/m);
    expect(text).to.include("No price is known of by-template, spot, left-over and own-host");
  });

  it("has no price for another region than the catalogue's", async () => {
    const { text } = await price({ steps: preview.steps.slice(0, 3) }, { region: "eu-west-1" });
    expect(text).to.match(/^nodes +not known .*has a price in us-east-1 alone, and the stack is in eu-west-1$/m);
  });

  it("refuses what is no plan, and options that make no sense", async () => {
    for (const plan of ["no json", "{}", '{"steps": 1}']) {
      const code = await price(plan).then(
        () => "taken",
        (thrown: unknown) => (thrown as { readonly code: string }).code,
      );
      expect(code).to.equal("plan-invalid");
    }
    expect(errorOf(() => pricePlan("/nowhere.json", { hours: "1" })).code).to.equal("plan-missing");
    expect(errorOf(() => pricePlan("/nowhere.json", { hours: "1", here: "x" })).code).to.equal("option-invalid");
  });
});
