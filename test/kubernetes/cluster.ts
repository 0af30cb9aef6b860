// The cluster that all tests of this lane share: it comes up before the first of them, and goes after the last.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execute } from "../../provider/execute.ts";
import { kubernetesLab, labKubeconfig } from "../lab/kubernetes/lab.ts";

/** An object of the API, as far as tests look at it. */
export interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Folder of the lane's state. */
export const folder = mkdtempSync(join(tmpdir(), "kubernetes-"));

/** Asks the cluster's API, as its administrator. */
export const kubectl = (...words: string[]): Promise<string> =>
  execute(["kubectl", "--kubeconfig", labKubeconfig(), ...words], { timeoutSec: 60 });

/** Sends an object to the API, by a command of kubectl that reads it. */
export const send = (object: object, ...words: string[]): Promise<string> =>
  execute(["kubectl", "--kubeconfig", labKubeconfig(), ...words, "--filename", "-"], {
    ...{ input: JSON.stringify(object), timeoutSec: 60 },
  });

/** Waits until something holds of the cluster; the time limit is that of the test. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(500);
}

/** Objects of a kind. */
export async function list(kind: string, ...more: string[]): Promise<readonly Listed[]> {
  const { items } = JSON.parse(await kubectl("get", kind, "--output", "json", ...more)) as { readonly items: Listed[] };
  return items;
}

/** Names of the namespaces that a cluster has by itself. */
export const ownNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

before(async function () {
  this.timeout(1_200_000);
  process.env["XDG_STATE_HOME"] = join(folder, "state");
  await kubernetesLab.up(() => undefined);
});

after(async function () {
  this.timeout(120_000);
  await kubernetesLab.down();
  rmSync(folder, { recursive: true, force: true });
});
