import { z } from "zod";
import { isDate } from "../measure/date.ts";
import { type Planned, resourceRule } from "./rule.ts";

/** What a costly machine says of itself, in its metadata or tags. */
const wanted = ["owner", "run", "expires"] as const;
const openstack = {
  size: z.object({ flavorName: z.string().nullish() }),
  tags: z.object({ metadata: z.unknown().optional() }),
};
const aws = {
  size: z.object({ instanceType: z.string().nullish() }),
  tags: z.object({ tags: z.unknown().optional() }),
};

function isCostly({ urn, type, props }: Planned, flavors: string): boolean {
  if (/underlay:openstack:(?:BareMetalNode|GpuVm)\$/.test(urn)) return true;
  const flavor = type.startsWith("aws:") ? aws.size.parse(props).instanceType : openstack.size.parse(props).flavorName;
  return new RegExp(flavors, "i").test(flavor ?? "");
}

function tagsOf({ type, props }: Planned): object {
  const tags = type.startsWith("aws:") ? aws.tags.parse(props).tags : openstack.tags.parse(props).metadata;
  return typeof tags === "object" && tags !== null ? tags : {};
}

/** Whether something is said, though it may not be known yet, as the id of a run is not in a preview. */
function isSaid(tags: object, key: string): boolean {
  const value: unknown = Object.getOwnPropertyDescriptor(tags, key)?.value;
  return typeof value === "string" && value !== "";
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
    const absent = wanted.filter((key) => !isSaid(tags, key));
    const { expires } = z.object({ expires: z.string().default("") }).parse(tags);
    return [
      ...(absent.length === 0 ? [] : [`does not say its ${absent.join(", ")}`]),
      ...(expires === "" || isDate(expires) ? [] : [`expires on "${expires}", which is no date`]),
    ];
  },
});
