// The lab of Kubernetes: a cluster of one node, which is a network namespace with control groups of its own.
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnderlayError } from "../../../measure/error.ts";
import { execute } from "../../../provider/execute.ts";
import { readMachine, required } from "../../../provider/machine.ts";
import type { Log } from "../../../tools/log.mjs";
import { ip, Lab } from "../frame.ts";
import { makeGroups, removeGroups, standingGroups } from "./control-groups.ts";
import { install } from "./install.mjs";
import { type Authority, makeKeys } from "./pki.ts";
import { labName, link } from "./place.ts";
import { writeSettings } from "./settings.ts";

const here = import.meta.dirname;
const endSec = 20;

/** Removes the node's groups, as soon as the last process of a pod has left them. */
async function endGroups(): Promise<void> {
  for (const end = Date.now() + endSec * 1000; ; await sleep(200)) {
    try {
      removeGroups();
      return;
    } catch (cause) {
      if (Date.now() > end) {
        const groups = standingGroups().join(", ");
        throw new UnderlayError("lab-leftovers", `The lab's control groups stay: ${groups}.`, null, { cause });
      }
    }
  }
}

/** Gives the node what containerd keeps: files that nobody writes to are the cache's own, its databases are copies. */
async function giveImages(state: string, images: string): Promise<void> {
  const own = join(state, "containerd");
  try {
    await execute(["cp", "--archive", "--link", images, own], { timeoutSec: 300 });
  } catch {
    // The cache is on another file system.
    rmSync(own, { recursive: true, force: true });
    await execute(["cp", "--archive", images, own], { timeoutSec: 600 });
    return;
  }
  for (const name of readdirSync(own, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".db"))) {
    rmSync(join(own, name));
    cpSync(join(images, name), join(own, name));
  }
}

async function prepare(state: string, log: Log, authority?: Authority): Promise<string[]> {
  const machine = readMachine();
  const { programs, images, manifests, debian } = await install(required(machine, "root", machine.root), log);
  log.say("everything is in the cache");
  mkdirSync(join(state, "bin"));
  for (const [name, file] of Object.entries(programs)) {
    symlinkSync(file, join(state, "bin", name));
  }
  writeSettings(state);
  await Promise.all([makeKeys(state, authority), giveImages(state, images)]);
  cpSync(manifests, join(state, "operator"), { recursive: true });
  makeGroups();
  return [join(here, "enter"), labName, state, debian];
}

/**
 * The lab of Kubernetes, of which a machine has one.
 *
 * @param authority Who signs its certificates; one of its own where none is given.
 */
export function labOfKubernetes(authority?: Authority): Lab {
  return new Lab({
    name: "kubernetes",
    namespace: labName,
    link,
    folder: here,
    prepare: (state, log) => prepare(state, log, authority),
    // Services are found by a route, which has to lead somewhere.
    equip: () => ip("-n", labName, "route", "add", "default", "dev", link.inside.device),
    clear: endGroups,
    access: () => `KUBECONFIG=${labKubeconfig()}`,
    describe: async () => {
      const ask = (...words: string[]): Promise<string> =>
        execute(["kubectl", "--kubeconfig", labKubeconfig(), ...words], { timeoutSec: 20 }).catch(
          () => "does not answer",
        );
      const objects = await ask("get", "nodes,pods", "--all-namespaces");
      return [`API: ${await ask("get", "--raw", "/readyz")}`, ...objects.split("\n")];
    },
  });
}

/** The lab of Kubernetes, with an authority of its own. */
export const kubernetesLab: Lab = labOfKubernetes();

/** The kubeconfig of the lab's administrator. */
export function labKubeconfig(): string {
  return join(kubernetesLab.state, "pki", "admin.kubeconfig");
}

/** Folder of the training operator's kustomization. */
export function labOperator(): string {
  return join(kubernetesLab.state, "operator");
}

/**
 * Has the node get images from a registry of this machine that speaks plain HTTP.
 *
 * @param host Address and port; the address is the machine's end of the lab's link.
 */
export function admitRegistry(host: string): void {
  const folder = join(kubernetesLab.state, "etc", "registries", host);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "hosts.toml"), `[host."http://${host}"]\ncapabilities = ["pull", "resolve"]\n`);
}
