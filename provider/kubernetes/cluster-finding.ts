import { z } from "zod";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { execute } from "../execute.ts";
import type { Finding } from "../machine.ts";
import { clusterErrorOf } from "./kubectl.ts";

const version = z.object({ gitVersion: z.string(), major: z.string(), minor: z.string() });
const versionsSchema = z.object({ clientVersion: version, serverVersion: version });
const minorOf = ({ minor }: z.infer<typeof version>): number => Number.parseInt(minor, 10);

/** Asks kubectl for a version; variables say which cluster. */
async function ask(
  words: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Promise<unknown> {
  const { KUBECONFIG: kubeconfig = "" } = variables;
  const env: Record<string, string> = kubeconfig === "" ? {} : { KUBECONFIG: kubeconfig };
  try {
    return JSON.parse(await execute(["kubectl", "version", "--output", "json", ...words], { timeoutSec: 30, env }));
  } catch (thrown) {
    throw clusterErrorOf(thrown);
  }
}

const failed = (base: Pick<Finding, "id" | "title">, thrown: unknown, remedy: string): Finding => ({
  ...{ ...base, status: "missing", detail: messageOf(thrown).split("\n")[0] ?? "" },
  remedy: thrown instanceof UnderlayError ? (thrown.hint ?? remedy) : remedy,
});

/** Whether kubectl is on this machine, by which pods are entered. */
export async function kubectlFinding(): Promise<Finding> {
  const base = { id: "kubectl", title: "kubectl" };
  try {
    const { clientVersion } = versionsSchema.pick({ clientVersion: true }).parse(await ask(["--client"], {}));
    return { ...base, status: "ok", detail: clientVersion.gitVersion, remedy: null };
  } catch (thrown) {
    return failed(base, thrown, "Install another kubectl: this one does not tell its version.");
  }
}

/** Whether a cluster answers, and its version is one that kubectl works with: one minor version apart at most. */
async function clusterFinding(variables: Readonly<Record<string, string | undefined>>): Promise<Finding> {
  const base = { id: "kubernetes", title: "Kubernetes" };
  try {
    const { clientVersion, serverVersion } = versionsSchema.parse(await ask(["--request-timeout", "20s"], variables));
    const isFar =
      clientVersion.major !== serverVersion.major || Math.abs(minorOf(clientVersion) - minorOf(serverVersion)) > 1;
    return {
      ...{ ...base, status: isFar ? "degraded" : "ok" },
      detail: `${serverVersion.gitVersion} answers${isFar ? `; kubectl is ${clientVersion.gitVersion}` : ""}`,
      remedy: isFar ? "Install kubectl within one minor version of the cluster's." : null,
    };
  } catch (thrown) {
    return failed(base, thrown, "Let KUBECONFIG name the file of a cluster that answers.");
  }
}

/**
 * What the target `kubernetes` needs: kubectl, and a cluster that answers.
 *
 * @param variables Of the environment: `KUBECONFIG` says which cluster. @default that of `~/.kube/config`
 */
export async function clusterFindings(variables: Readonly<Record<string, string | undefined>>): Promise<Finding[]> {
  const kubectl = await kubectlFinding();
  return kubectl.status === "ok" ? [kubectl, await clusterFinding(variables)] : [kubectl];
}
