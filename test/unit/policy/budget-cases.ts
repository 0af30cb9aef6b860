import { stackBudget } from "../../../policy/budget.ts";
import { type Case, flavor, resource, server } from "./case.ts";

const agreed = (name: string, perHour: number, currency = "EUR") => {
  return { name, perHour, currency, asOf: "2026-11-01", source: "a contract" };
};
const book = {
  ...{ schemaVersion: 1, name: "ours", currency: "EUR", asOf: "2026-11-01", machines: [] },
  ...{ electricity: { perKwh: 0.2, pue: 1 }, staff: { perYear: 0, people: 0 } },
  agreed: [agreed("small", 3), agreed("large", 4), agreed("free", 0), agreed("foreign", 1, "CHF")],
};
const thing = resource("elsewhere:thing/thing:Thing", {}, { name: "thing" });
const nodes = resource(
  "aws:eks/nodeGroup:NodeGroup",
  { instanceTypes: ["m7i.large"], scalingConfig: { desiredSize: 3 } },
  { name: "nodes" },
);
/** Cases of what a stack may cost. */
export const budget: readonly Case[] = [
  {
    rule: stackBudget,
    what: "a stack within its budget",
    config: { perHour: 3, total: 40, hours: 8, book },
    good: [flavor, server("one"), server("two", { flavorName: "free" }), { ...thing, custom: false }],
    bad: [
      {
        but: "dearer",
        resources: [server("one", { flavorName: "large" })],
        says: /4\.00 EUR an hour, and may cost 3\.00/,
      },
      { but: "of no price", resources: [server("one", { flavorName: "new" })], says: /No price is known of one/ },
      { but: "of a kind that nobody knows", resources: [server("one"), thing], says: /No price is known of thing/ },
      {
        but: "of a dear flavor of its own",
        resources: [{ ...flavor, name: "large" }, server("one", {})],
        says: /4\.00 EUR an hour/,
      },
      {
        but: "paid in another currency",
        resources: [server("one", { flavorName: "foreign" })],
        says: /No rate .* CHF/,
      },
    ],
  },
  {
    rule: stackBudget,
    what: "machines whose price the catalogue has",
    config: { total: 2.5, hours: 8 },
    good: [nodes],
    bad: [
      {
        but: "one more of them",
        resources: [{ ...nodes, props: { instanceTypes: ["m7i.large"], scalingConfig: { desiredSize: 4 } } }],
        says: /3\.23 USD in 8 hours, and may cost 2\.50/,
      },
    ],
  },
];
