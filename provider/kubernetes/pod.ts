import { z } from "zod";

const stateSchema = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  running: z.object({}).optional(),
  terminated: z
    .object({ reason: z.string().optional(), message: z.string().optional(), exitCode: z.number() })
    .optional(),
});

/** What is read of a pod. */
export const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    creationTimestamp: z.string().optional(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({ nodeName: z.string().optional(), hostNetwork: z.boolean().optional() }),
  status: z.object({
    phase: z.string().optional(),
    podIP: z.string().optional(),
    hostIP: z.string().optional(),
    reason: z.string().optional(),
    message: z.string().optional(),
    conditions: z
      .array(
        z.object({
          type: z.string(),
          status: z.string(),
          reason: z.string().optional(),
          message: z.string().optional(),
        }),
      )
      .optional(),
    containerStatuses: z
      .array(
        z.object({
          name: z.string(),
          ready: z.boolean(),
          imageID: z.string(),
          containerID: z.string().optional(),
          state: stateSchema.optional(),
        }),
      )
      .optional(),
  }),
});

/** A pod, as the API tells of it. */
export type Pod = z.infer<typeof podSchema>;

/** A list of pods, as the API gives it. */
export const podListSchema = z.object({ items: z.array(podSchema) });

/** Where a pod is on its way. */
export type PodJudgement =
  | { readonly state: "ready" }
  | { readonly state: "ended"; readonly exitCode: number | null; readonly said: string }
  /** Nobody will help it: it fails once it has said so for `graceSec`. */
  | { readonly state: "stuck"; readonly code: string; readonly said: string; readonly hint: string }
  | { readonly state: "coming"; readonly said: string };

const imageReasons = new Set(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"]);
const containerReasons = new Set([
  ...["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff"],
  "StartError",
]);

const words = (...parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join(": ");

type Own = NonNullable<Pod["status"]["containerStatuses"]>[number] | undefined;

/** How a pod ended; null while it has not. */
function endOf({ phase = "", reason, message }: Pod["status"], own: Own): PodJudgement | null {
  const ended = own?.state?.terminated;
  if (ended !== undefined) {
    const said = words(ended.reason, ended.message) || "it ended";
    return { state: "ended", exitCode: ended.exitCode, said };
  }
  return phase === "Failed" || phase === "Succeeded"
    ? { state: "ended", exitCode: null, said: words(reason, message) || phase }
    : null;
}

/** What keeps a container from starting; null when nothing is known to. */
function hindranceOf(own: Own): PodJudgement | null {
  const { reason = "", message } = own?.state?.waiting ?? {};
  if (imageReasons.has(reason)) {
    const hint = "Give `image` a reference that the cluster's nodes can pull, or import it on every node.";
    return { state: "stuck", code: "image-not-pulled", said: words(reason, message), hint };
  }
  if (containerReasons.has(reason)) {
    const hint = "See `kubectl describe pod`: its image, security context or volumes do not suit the node.";
    return { state: "stuck", code: "container-not-started", said: words(reason, message), hint };
  }
  return null;
}

/** Why the scheduler finds no node; null when it has one. */
function unscheduled({ conditions = [] }: Pod["status"]): PodJudgement | null {
  const refused = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
  return refused === undefined
    ? null
    : {
        state: "stuck",
        code: "pod-unschedulable",
        said: words(refused.reason, refused.message),
        hint: "Ask for less (`cpus`, `memoryMiB`, `gpus`), or give the cluster a node that has it.",
      };
}

/** What a pod says of itself, of one of its containers above all. */
export function judgePod({ metadata, status }: Pod, container: string): PodJudgement {
  const own = status.containerStatuses?.find(({ name }) => name === container);
  const trouble = endOf(status, own) ?? unscheduled(status) ?? hindranceOf(own);
  if (trouble !== null) {
    return trouble;
  }
  return own?.ready === true && metadata.deletionTimestamp === undefined
    ? { state: "ready" }
    : { state: "coming", said: words(status.phase, own?.state?.waiting?.reason) || "not seen yet" };
}

/** Digest at the end of an image's id, whatever stands before it; null where the runtime gives none. */
export function digestIn(imageId: string): string | null {
  return /sha256:[0-9a-f]{64}$/.exec(imageId)?.[0] ?? null;
}

/** Whose events tell why there is no pod. */
export const eventListSchema = z.object({
  items: z.array(
    z.object({ type: z.string().optional(), reason: z.string().optional(), message: z.string().optional() }),
  ),
});

/** Why a controller may not make a pod, by the warnings that it left; null when none of them says so. */
export function refusalIn({
  items,
}: z.infer<typeof eventListSchema>): { code: string; said: string; hint: string } | null {
  const refused = items
    .filter(({ type, reason = "" }) => type === "Warning" && reason.startsWith("FailedCreate"))
    .at(-1);
  if (refused === undefined) {
    return null;
  }
  const said = refused.message ?? refused.reason ?? "";
  if (said.includes("exceeded quota")) {
    const hint = "Ask for less, or raise the quota of the namespace.";
    return { code: "quota-exceeded", said, hint };
  }
  const hint = "Change what the message names: the namespace's pod security level, its quota, or an admission webhook.";
  return { code: "pod-refused", said, hint };
}
