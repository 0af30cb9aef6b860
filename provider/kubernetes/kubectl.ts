import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import type { Hop } from "../connection.ts";
import { execute, type ExecuteOptions } from "../execute.ts";
import { sandboxDirectory, sandboxPath } from "../run-directory.ts";

/** Which cluster, and as whom. */
export interface ClusterAccess {
  readonly runId: string;
  /** Resource whose folder keeps the file. */
  readonly name: string;
  /** Content of a kubeconfig. It goes into a file that its owner alone may read, and into no command line. */
  readonly kubeconfig: string;
  /** @default the kubeconfig's current one */
  readonly context?: string | undefined;
  readonly namespace: string;
}

function kubeconfigFile({ runId, name }: ClusterAccess): string {
  return join(sandboxPath(runId, name), "kubeconfig");
}

/** Writes the kubeconfig where the hops of connections find it. */
export function writeKubeconfig(access: ClusterAccess): void {
  sandboxDirectory(access.runId, access.name);
  const file = kubeconfigFile(access);
  if (existsSync(file)) {
    chmodSync(file, 0o600);
  }
  writeFileSync(file, access.kubeconfig, { mode: 0o600 });
}

function kubectlCommand(access: ClusterAccess, words: readonly string[]): string[] {
  const { context, namespace } = access;
  return [
    ...["kubectl", "--kubeconfig", kubeconfigFile(access), "--namespace", namespace],
    ...(context === undefined ? [] : ["--context", context]),
    ...words,
  ];
}

/** The way into a container of a pod. */
export function podHop(access: ClusterAccess, pod: string, container: string): Hop {
  // Without a quiet exec, kubectl speaks of its own on standard error, among the program's last words.
  const words = ["exec", "--stdin", "--quiet", pod, "--container", container, "--"];
  return { argv: kubectlCommand(access, words), shell: false };
}

const refusals: readonly { readonly says: RegExp; readonly code: string; readonly hint: string }[] = [
  {
    says: /\(Unauthorized\)|must be logged in|provide credentials|enter Username/,
    code: "cluster-unauthorised",
    hint: "Its API does not accept the kubeconfig's credentials: renew them, and run `pulumi up` again.",
  },
  {
    says: /\(Forbidden\)/,
    code: "cluster-forbidden",
    hint: "Let the kubeconfig's user get and list pods, events and pod logs in the namespace, and create pods/exec.",
  },
  {
    says: /Unable to connect|connection to the server .* was refused|connection refused|no such host|i\/o timeout|TLS handshake|deadline exceeded|certificate/i,
    code: "cluster-unreachable",
    hint: "Check the server's address in the kubeconfig, and that this machine may reach it.",
  },
  {
    says: /\(InternalError\)|\(ServiceUnavailable\)|\(Timeout\)|etcdserver|server is currently unable/,
    code: "cluster-failed",
    hint: "Its API could not answer: look at the control plane, and run `pulumi up` again.",
  },
];

/** What a failed call of kubectl means, by what the API or kubectl itself said. */
export function clusterError(said: string): UnderlayError {
  if (said.includes("ENOENT")) {
    const hint = "Install kubectl, within one minor version of the cluster's, and put it on PATH.";
    return new UnderlayError("kubectl-missing", "There is no kubectl on this machine.", hint);
  }
  const text = said.split("\n").slice(-3).join("\n").trim();
  const known = refusals.find(({ says }) => says.test(said));
  return new UnderlayError(known?.code ?? "cluster-refused", `The cluster said: ${text}`, known?.hint ?? null);
}

/** The same of whatever running kubectl threw. */
export function clusterErrorOf(thrown: unknown): UnderlayError {
  return clusterError(thrown instanceof UnderlayError ? (thrown.hint ?? thrown.message) : messageOf(thrown));
}

/**
 * Asks a cluster's API by kubectl; returns its standard output.
 *
 * @throws UnderlayError `kubectl-missing`, `cluster-unauthorised`, `cluster-forbidden`, `cluster-unreachable`,
 *   `cluster-failed`, or `cluster-refused` for whatever else, with the API's own words
 */
export async function kubectl(
  access: ClusterAccess,
  words: readonly string[],
  options: Partial<ExecuteOptions> = {},
): Promise<string> {
  try {
    return await execute(kubectlCommand(access, words), { timeoutSec: 30, ...options });
  } catch (thrown) {
    options.signal?.throwIfAborted();
    throw clusterErrorOf(thrown);
  }
}
