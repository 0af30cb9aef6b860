import { z } from "zod";
import { UnderlayError } from "../error.ts";

/** A resource as a program asks for it. */
export interface PlannedResource {
  /** Such as `aws:ec2/instance:Instance`. */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Its inputs, of which a preview may not know all. */
  readonly props: unknown;
  /** Resources that each property comes from. */
  readonly from: Readonly<Record<string, readonly string[]>>;
}

/** What a stack has, and what it will have. */
export interface PlannedChange {
  /** Null where it was not told, as of a stack that is only looked at. */
  readonly before: readonly PlannedResource[] | null;
  readonly after: readonly PlannedResource[];
}

/** What the engine writes for a value that a preview does not know; `rpc.unknownValue` of Pulumi's SDK. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const stateSchema = z.object({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
});
const previewSchema = z.object({
  steps: z.array(
    z.object({
      op: z.string(),
      urn: z.string(),
      oldState: stateSchema.nullish(),
      newState: stateSchema.nullish(),
    }),
  ),
});
const exportSchema = z.object({ deployment: z.object({ resources: z.array(stateSchema).nullish() }) });

/** The same without what is not known. */
function known(value: unknown): unknown {
  if (value === unknownValue) return undefined;
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, known(inner)]));
}

function resourceOf({ urn, type, inputs, propertyDependencies }: z.output<typeof stateSchema>): PlannedResource {
  const dependencies = Object.entries(propertyDependencies ?? {}).map(([key, urns]) => [key, urns ?? []] as const);
  return {
    ...{ urn, type, name: urn.split("::").at(-1) ?? urn },
    props: known(inputs ?? {}),
    from: Object.fromEntries(dependencies),
  };
}

/** Steps that end with the resource there; `create-replacement` and its like stand beside the `replace` that shows both. */
const leaves = new Set([
  ...["create", "update", "same", "replace", "create-replacement", "refresh"],
  ...["import", "import-replacement", "read", "read-replacement"],
]);

/** Resources alone: of components and the stack nothing is charged. */
const isResource = (state: z.output<typeof stateSchema>): boolean => state.custom !== false;

function changeOf({ steps }: z.output<typeof previewSchema>): PlannedChange {
  const [before, after] = [new Map<string, PlannedResource>(), new Map<string, PlannedResource>()];
  for (const { op, urn, oldState, newState } of steps) {
    if (oldState !== null && oldState !== undefined && isResource(oldState)) before.set(urn, resourceOf(oldState));
    if (newState !== null && newState !== undefined && leaves.has(op) && isResource(newState)) {
      after.set(urn, resourceOf(newState));
    }
  }
  return { before: [...before.values()], after: [...after.values()] };
}

/**
 * Reads what `pulumi preview --json` or `pulumi stack export` prints.
 *
 * @param text the whole of it
 * @throws UnderlayError `plan-invalid` when it is neither
 */
export function readPlan(text: string): PlannedChange {
  const hint = "Give what `pulumi preview --json` or `pulumi stack export` prints.";
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UnderlayError("plan-invalid", "The plan is not JSON.", hint, { cause });
  }
  const preview = previewSchema.safeParse(json);
  if (preview.success) return changeOf(preview.data);
  const stack = exportSchema.safeParse(json);
  if (stack.success) {
    return { before: null, after: (stack.data.deployment.resources ?? []).filter(isResource).map(resourceOf) };
  }
  throw new UnderlayError("plan-invalid", "The plan has neither steps nor a deployment.", hint);
}
