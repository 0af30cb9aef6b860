import { setTimeout as sleep } from "node:timers/promises";
import { UnderlayError } from "../../measure/error.ts";
import type { Progress } from "../progress.ts";
import type { PodAccessInputs } from "./inputs.ts";
import { kubectl } from "./kubectl.ts";
import { eventListSchema, judgePod, type Pod, podListSchema, refusalIn } from "./pod.ts";

const intervalMs = 500;

const selectorText = (selector: Readonly<Record<string, string>>): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/** The pod that a selector names, as it is now; null when there is none. One that is on its way out does not count. */
export async function findPod(inputs: PodAccessInputs, signal?: AbortSignal): Promise<Pod | null> {
  const words = ["get", "pods", "--selector", selectorText(inputs.selector), "--output", "json"];
  const { items } = podListSchema.parse(JSON.parse(await kubectl(inputs, words, { signal })));
  const standing = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const newestFirst = (a: Pod, b: Pod): number =>
    (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "");
  return standing.sort(newestFirst)[0] ?? null;
}

async function refusalOf(inputs: PodAccessInputs, signal: AbortSignal): Promise<ReturnType<typeof refusalIn>> {
  const { kind, name } = inputs.owner;
  const field = `involvedObject.kind=${kind},involvedObject.name=${name}`;
  const words = ["get", "events", "--field-selector", field, "--output", "json"];
  return refusalIn(eventListSchema.parse(JSON.parse(await kubectl(inputs, words, { signal }))));
}

interface Trouble {
  readonly code: string;
  readonly said: string;
  readonly hint: string | null;
}

interface Look {
  readonly pod: Pod | null;
  readonly state: "ready" | "ended" | "coming";
  readonly trouble: Trouble | null;
  /** What to tell people meanwhile. */
  readonly said: string;
}

async function lastWords(inputs: PodAccessInputs, pod: string, signal: AbortSignal): Promise<string | null> {
  const words = ["logs", pod, "--container", inputs.container, "--tail", "8"];
  const text = await kubectl(inputs, words, { signal }).catch(() => "");
  return text.trim() === "" ? null : `Last lines of its log:\n    ${text.trim().split("\n").join("\n    ")}`;
}

/** What stands in the way of the pod, if anything does. */
async function look(inputs: PodAccessInputs, signal: AbortSignal): Promise<Look> {
  const pod = await findPod(inputs, signal);
  if (pod === null) {
    const refusal = await refusalOf(inputs, signal);
    return { pod, state: "coming", trouble: refusal, said: refusal?.said ?? "there is no pod yet" };
  }
  const judged = judgePod(pod, inputs.container);
  switch (judged.state) {
    case "ready":
      return { pod, state: "ready", trouble: null, said: "ready" };
    case "ended": {
      const exit = judged.exitCode === null ? "" : ` with exit code ${String(judged.exitCode)}`;
      const hint = await lastWords(inputs, pod.metadata.name, signal);
      const trouble = { code: "pod-ended", said: `it ended${exit}: ${judged.said}`, hint };
      return { pod, state: "ended", trouble, said: judged.said };
    }
    case "stuck":
      return { pod, state: "coming", trouble: judged, said: judged.said };
    case "coming":
      return { pod, state: "coming", trouble: null, said: judged.said };
  }
}

function tooLate(
  { readyTimeoutSec }: PodAccessInputs,
  where: string,
  wanted: "ready" | "ended",
  said: string,
): UnderlayError {
  const hint = "See `kubectl describe pod`, or give it more time.";
  const state = wanted === "ready" ? "ready" : "done";
  return new UnderlayError(
    "pod-not-ready",
    `${where} was not ${state} within ${String(readyTimeoutSec)} s: ${said}.`,
    hint,
  );
}

/**
 * Waits until a pod is ready, or has ended, however it did.
 *
 * @throws UnderlayError with the cluster's own words: `quota-exceeded`, `pod-refused`, `pod-unschedulable`,
 *   `image-not-pulled`, `container-not-started` when the cluster has said so for `graceSec`; `pod-ended` at once;
 *   `pod-not-ready` after `readyTimeoutSec`; and what `kubectl` throws
 */
export async function awaitPod(
  inputs: PodAccessInputs,
  signal: AbortSignal,
  progress: Progress,
  wanted: "ready" | "ended" = "ready",
): Promise<Pod> {
  const { owner, namespace, graceSec, readyTimeoutSec } = inputs;
  const where = `The pod of ${owner.kind} ${namespace}/${owner.name}`;
  const began = Date.now();
  let last: { readonly code: string; readonly at: number } = { code: "", at: began };
  for (;;) {
    const { pod, state, trouble, said } = await look(inputs, signal);
    if (state === wanted && pod !== null) {
      return pod;
    }
    progress.status(said.slice(0, 200));
    const code = trouble?.code ?? "";
    last = last.code === code ? last : { code, at: Date.now() };
    const patience = code === "pod-ended" ? 0 : graceSec * 1000;
    if (trouble !== null && Date.now() - last.at >= patience) {
      throw new UnderlayError(trouble.code, `${where} does not come: ${trouble.said}`, trouble.hint);
    }
    if (Date.now() - began > readyTimeoutSec * 1000) {
      throw tooLate(inputs, where, wanted, said);
    }
    await sleep(intervalMs, undefined, { signal });
  }
}
