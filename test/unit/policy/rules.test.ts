import * as engine from "@pulumi/policy";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { expect } from "chai";
import { stackBudget } from "../../../policy/budget.ts";
import { costlyOwned } from "../../../policy/ownership.ts";
import type { PlannedInStack, Rule } from "../../../policy/rule.ts";
import { rules } from "../../../policy/rules.ts";
import { cases } from "./cases.ts";

/** What the engine hands to policies in a preview; the package exports it without a type. */
const { unknownCheckingProxy, UnknownValueError } = engine as unknown as {
  readonly unknownCheckingProxy: (props: object) => object;
  readonly UnknownValueError: new () => Error;
};

/** What a rule says of resources: of each alone, or of all together. */
function verdict(rule: Rule, resources: readonly PlannedInStack[], config: object = {}): string[] {
  const settings = rule.config.parse(config);
  return "check" in rule
    ? resources.filter(({ type }) => rule.types.test(type)).flatMap((one) => [...rule.check(one, settings)])
    : [...rule.checkStack(resources, settings)];
}

describe("the policies", () => {
  it("all have cases, and names of their own", () => {
    const names = rules.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect([...new Set(cases.map(({ rule }) => rule.name))].sort()).to.deep.equal(names.toSorted());
  });

  for (const rule of rules) {
    it(`${rule.name} says what must hold, and what to do about it`, () => {
      expect(rule.description).to.match(/^[A-Z].*\.$/);
      expect(rule.remedy).to.match(/^[A-Z].*\.$/);
      expect(() => rule.config.parse({})).not.to.throw();
      expect(() => rule.config.parse({ unheard: 1 })).to.throw(/unheard/);
    });
  }

  for (const { rule, what, good, bad, config } of cases) {
    it(`${rule.name} lets pass ${what}`, () => {
      expect(verdict(rule, good, config)).to.deep.equal([]);
    });

    for (const { but, resources, says } of bad) {
      it(`${rule.name} refuses ${what} but ${but}`, () => {
        const said = verdict(rule, resources, config);
        expect(said).to.have.lengthOf(1);
        expect(said[0]).to.match(says);
      });
    }
  }

  for (const { rule, what, good } of cases.filter(({ decidedBy }) => decidedBy !== undefined)) {
    it(`${rule.name} does not decide on ${what} before it is known`, () => {
      const unknown = good.map((one, index) =>
        index === 0 ? { ...one, props: unknownCheckingProxy({ ...(one.props as object), ...hidden(one.props) }) } : one,
      );
      expect(() => verdict(rule, unknown)).to.throw(UnknownValueError);
    });
  }

  describe("by what OpenStack's provider knows in a preview", () => {
    const urn = "urn:pulumi:s::p::underlay:openstack:GpuVm$openstack:compute/instance:Instance::vm-0-server";
    const [type, id] = ["openstack:compute/instance:Instance", "6d1b0f9e-0000-4000-8000-000000000001"];
    const owned = { owner: "me@example.org", expires: "2030-12-31", run: unknownValue };
    const planned = (metadata: object): PlannedInStack => {
      const props = { flavorId: id, flavorName: unknownValue, userData: unknownValue, metadata };
      return { type, name: "vm-0-server", urn, props: unknownCheckingProxy(props), from: {}, custom: true };
    };

    it("costly-owned decides on a costly machine", () => {
      expect(verdict(costlyOwned, [planned(owned)])).to.deep.equal([]);
      const { owner: _owner, ...nobodys } = owned;
      expect(verdict(costlyOwned, [planned(nobodys)])).to.deep.equal(["does not say its owner"]);
    });

    it("stack-budget decides on its price", () => {
      const book = {
        ...{ schemaVersion: 1, name: "ours", currency: "EUR", asOf: "2026-11-01", machines: [] },
        ...{ electricity: { perKwh: 0.2, pue: 1 }, staff: { perYear: 0, people: 0 } },
        agreed: [{ name: id, perHour: 2.5, currency: "EUR", asOf: "2026-11-01", source: "a contract" }],
      };
      expect(verdict(stackBudget, [planned(owned)], { perHour: 2, book })).to.deep.equal([
        "The stack costs 2.50 EUR an hour, and may cost 2.00 EUR",
      ]);
      expect(verdict(stackBudget, [planned(owned)], { perHour: 3, book })).to.deep.equal([]);
    });
  });

  it("stack-budget decides in a preview as soon as all is known that prices depend on", () => {
    const hide = (one: PlannedInStack, props: object): PlannedInStack => {
      return { ...one, props: unknownCheckingProxy({ ...(one.props as object), ...props }) };
    };
    const made = (type: string, name: string, props: object): PlannedInStack => {
      return { type, name, urn: `urn:${name}`, props, from: {}, custom: true };
    };
    const scaling = { instanceTypes: ["m7i.large"], scalingConfig: { desiredSize: 2 } };
    const planned = [
      hide(made("aws:eks/nodeGroup:NodeGroup", "nodes", scaling), {
        nodeRoleArn: unknownValue,
        clusterName: unknownValue,
      }),
      hide(made("aws:eks/cluster:Cluster", "cluster", {}), { roleArn: unknownValue }),
      hide(made("kubernetes:core/v1:Service", "service", { spec: { type: "LoadBalancer" } }), {
        metadata: unknownValue,
      }),
      hide(made("aws:codebuild/project:Project", "build", { environment: { computeType: "BUILD_GENERAL1_SMALL" } }), {
        serviceRole: unknownValue,
      }),
      hide(made("pulumi:providers:kubernetes", "api", {}), { kubeconfig: unknownValue }),
    ];
    expect(verdict(stackBudget, planned, { total: 3, hours: 8 })).to.deep.equal([]);
    expect(verdict(stackBudget, planned, { total: 2, hours: 8 })).to.deep.equal([
      "The stack costs 2.59 USD in 8 hours, and may cost 2.00 USD",
    ]);
    const size = hide(made("aws:eks/nodeGroup:NodeGroup", "nodes", {}), { scalingConfig: unknownValue });
    expect(() => verdict(stackBudget, [size], { total: 2 })).to.throw(UnknownValueError);
  });
});

/** The same properties, of which no value is known. */
function hidden(props: unknown): Record<string, string> {
  return Object.fromEntries(Object.keys(props as object).map((key) => [key, unknownValue]));
}
