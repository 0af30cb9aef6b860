// Clusters that the lab of OpenStack is asked for and that are to be real: the lab of Kubernetes, brought up with the
// authority that Magnum made for the cluster, as Heat would bring up its servers.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { messageOf } from "../../measure/error.ts";
import type { Say } from "./frame.ts";
import { labOfKubernetes } from "./kubernetes/lab.ts";
import { server } from "./kubernetes/place.ts";
import { openstackLab } from "./openstack/lab.ts";

const authoritySchema = z.object({ certificate: z.string(), key: z.string() });
const intervalMs = 300;

/** The label that asks Magnum's driver in the lab for a real node. */
export const realCluster = "underlay_lab_node";

function answer(folder: string, value: object): void {
  const file = join(folder, "answer.json");
  writeFileSync(`${file}.new`, JSON.stringify(value));
  renameSync(`${file}.new`, file);
}

/** Goes on with one request as far as it can; `standing` are the folders of those whose cluster may stand. */
async function serve(folder: string, standing: Set<string>, say: Say): Promise<void> {
  if (existsSync(join(folder, "end.json"))) {
    await labOfKubernetes().down();
    standing.delete(folder);
    rmSync(folder, { recursive: true });
    say(`the cluster of ${folder} is gone`);
    return;
  }
  const request = join(folder, "request.json");
  if (!existsSync(request) || existsSync(join(folder, "answer.json"))) {
    return;
  }
  standing.add(folder);
  try {
    await labOfKubernetes(authoritySchema.parse(JSON.parse(readFileSync(request, "utf8")))).up(say);
    answer(folder, { api: server });
  } catch (thrown) {
    answer(folder, { failure: `Resource CREATE failed: resources.kube_masters: ${messageOf(thrown)}` });
  }
}

/**
 * Serves requests for real clusters, one after the other, until it is told to stop.
 *
 * @param say Told what is done.
 * @returns ends the service; no cluster of it stands afterwards
 */
export function serveClusters(say: Say): () => Promise<void> {
  const folder = join(openstackLab.state, "clusters");
  const standing = new Set<string>();
  let isOver = false;
  const work = async (): Promise<void> => {
    while (!isOver) {
      for (const each of existsSync(folder) ? readdirSync(folder) : []) {
        await serve(join(folder, each), standing, say);
      }
      await sleep(intervalMs);
    }
    if (standing.size > 0) {
      await labOfKubernetes().down();
    }
  };
  const working = work();
  return async () => {
    isOver = true;
    await working;
  };
}
