/** What the policy pack says of everything that a program registered. */
import { rules } from "../../policy/rules.ts";
import type { Registered } from "./engine.ts";

export function refusals(registered: readonly Registered[], config: Readonly<Record<string, object>> = {}): string[] {
  const urnOf = ({ type, name }: Registered): string => `urn:pulumi:test::underlay::${type}::${name}`;
  const buckets = new Map(
    registered.filter(({ type }) => type === "aws:s3/bucket:Bucket").map((one) => [one.name, urnOf(one)]),
  );
  const resources = registered.map((one) => {
    const bucket = buckets.get(one.inputs["bucket"] as string);
    return {
      ...{
        type: one.type,
        name: one.name,
        urn: urnOf(one),
        props: one.inputs,
        custom: !one.type.startsWith("underlay:"),
      },
      // The engine knows which resource a property comes from; here its name tells.
      from: bucket === undefined ? {} : { bucket: [bucket] },
    };
  });
  return rules.flatMap((rule) => {
    const settings = rule.config.parse(config[rule.name] ?? {});
    return "check" in rule
      ? resources.filter(({ type }) => rule.types.test(type)).flatMap((one) => [...rule.check(one, settings)])
      : [...rule.checkStack(resources, settings)];
  });
}
