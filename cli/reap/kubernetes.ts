import { z } from "zod";
import { messageOf } from "../../measure/error.ts";
import { execute } from "../../provider/execute.ts";
import { type Tagged, type Target, unreachable } from "./target.ts";

const runLabel = "underlay.dev/run";
const expiresAnnotation = "underlay.dev/expires";
/** What components make that others of it go with: what it owns, the cluster removes itself. */
const kinds = "namespaces,jobs,pods,services,configmaps,resourcequotas,networkpolicies";

const listSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({
        name: z.string(),
        namespace: z.string().optional(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
        ownerReferences: z.array(z.unknown()).default([]),
      }),
    }),
  ),
});

async function kubectl(words: readonly string[], timeoutSec: number): Promise<string> {
  const { HOME = "", KUBECONFIG = "" } = process.env;
  const env = { HOME, ...(KUBECONFIG === "" ? {} : { KUBECONFIG }) };
  return execute(["kubectl", ...words], { timeoutSec, env });
}

/** What a list of kubectl has of runs; what goes with its owner or its namespace is not told again. */
export function taggedIn(text: string): Tagged[] {
  const { items } = listSchema.parse(JSON.parse(text));
  const namespaces = new Set(items.flatMap(({ kind, metadata }) => (kind === "Namespace" ? [metadata.name] : [])));
  return items.flatMap(({ kind, metadata }): Tagged[] => {
    const { name, namespace = "", labels, annotations, ownerReferences } = metadata;
    const runId = labels[runLabel];
    if (runId === undefined || ownerReferences.length > 0 || namespaces.has(namespace)) return [];
    const id = namespace === "" ? name : `${namespace}/${name}`;
    return [{ kind: kind.toLowerCase(), runId, id, name, expires: annotations[expiresAnnotation] ?? null }];
  });
}

/** The cluster of the caller's kubeconfig. */
export function kubernetesTarget(): Target {
  return {
    list: async () => {
      const words = ["get", kinds, "--all-namespaces", "--selector", runLabel, "--output", "json"];
      try {
        return taggedIn(await kubectl(words, 60));
      } catch (thrown) {
        throw unreachable("kubernetes", messageOf(thrown));
      }
    },
    remove: async ({ kind, id }) => {
      const [namespace = "", name] = id.includes("/") ? id.split("/") : ["", id];
      const where = namespace === "" ? [] : ["--namespace", namespace];
      await kubectl(["delete", kind, name ?? id, ...where, "--ignore-not-found", "--wait", "--timeout", "240s"], 300);
    },
  };
}
