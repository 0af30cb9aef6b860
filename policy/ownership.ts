import { z } from "zod";
import { isDate } from "../measure/date.ts";
import { type Planned, resourceRule } from "./rule.ts";

/** What a costly machine says of itself, in its metadata or tags. */
const wanted = ["owner", "run", "expires"] as const;
const said = z.record(z.string(), z.string()).nullish();
const openstack = z.object({ metadata: said, flavorName: z.string().nullish() });
const aws = z.object({ tags: said, instanceType: z.string().nullish() });

function isCostly({ urn, type, props }: Planned, flavors: string): boolean {
  if (/underlay:openstack:(?:BareMetalNode|GpuVm)\$/.test(urn)) return true;
  const flavor = type.startsWith("aws:") ? aws.parse(props).instanceType : openstack.parse(props).flavorName;
  return new RegExp(flavors, "i").test(flavor ?? "");
}

function tagsOf({ type, props }: Planned): Readonly<Record<string, string>> {
  return (type.startsWith("aws:") ? aws.parse(props).tags : openstack.parse(props).metadata) ?? {};
}

/** Somebody answers for what is dear, and it ends. */
export const costlyOwned = resourceRule({
  name: "costly-owned",
  description: "Bare metal and machines with GPUs name their owner, their run and the day that they expire.",
  remedy: "Set metadata (OpenStack) or tags (AWS) owner, run and expires, a date such as 2026-12-31.",
  types: /^(?:openstack:compute|aws:ec2)\/instance:Instance$/,
  config: z.strictObject({
    /** Regular expression for names of flavors and types that are dear. */
    costlyFlavors: z.string().default(String.raw`gpu|metal|^bm\b|^[pg]\d\w*\.`),
  }),
  check: (resource, { costlyFlavors }) => {
    if (!isCostly(resource, costlyFlavors)) return [];
    const tags = tagsOf(resource);
    const absent = wanted.filter((key) => (tags[key] ?? "") === "");
    const { expires = "" } = tags;
    return [
      ...(absent.length === 0 ? [] : [`does not say its ${absent.join(", ")}`]),
      ...(expires === "" || isDate(expires) ? [] : [`expires on "${expires}", which is no date`]),
    ];
  },
});
