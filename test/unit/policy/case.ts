// What policies are tested by, and the resources that several of them are about.
import type { PlannedInStack, Rule } from "../../../policy/rule.ts";

/** One change that a policy must refuse. */
interface Refused {
  readonly but: string;
  readonly resources: readonly PlannedInStack[];
  readonly says: RegExp;
}

/** What a policy is tested by. */
export interface Case {
  readonly rule: Rule;
  readonly what: string;
  readonly good: readonly PlannedInStack[];
  readonly bad: readonly Refused[];
  readonly config?: object;
  /** Set where the first resource's properties decide: a preview may not know them. */
  readonly decidedBy?: "properties";
}

export type Props = Readonly<Record<string, unknown>>;

export function resource(type: string, props: Props, more: Partial<PlannedInStack> = {}): PlannedInStack {
  const name = more.name ?? "it";
  return { type, name, urn: `urn:pulumi:test::underlay::${type}::${name}`, props, from: {}, custom: true, ...more };
}

/** A case of one resource, each of whose changes replaces some of its properties. */
export function ofOne(
  rule: Rule,
  what: string,
  type: string,
  props: Props,
  changes: readonly (readonly [string, Props, RegExp])[],
  more: { readonly config?: object; readonly urn?: string } = {},
): Case {
  const { config, urn } = more;
  const given = urn === undefined ? {} : { urn };
  const bad = changes.map(([but, change, says]) => ({
    but,
    resources: [resource(type, { ...props, ...change }, given)],
    says,
  }));
  const good = [resource(type, props, given)];
  return { rule, what, good, bad, decidedBy: "properties", ...(config === undefined ? {} : { config }) };
}

export const flavor = resource("openstack:compute/flavor:Flavor", {
  extraSpecs: { "pci_passthrough:alias": "a100:2" },
});
export const server = (name: string, props: Props = { flavorName: "small" }): PlannedInStack =>
  resource("openstack:compute/instance:Instance", props, { name, from: { flavorId: [flavor.urn] } });
