import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openWorkspace, takeUp } from "../../cli/workspace.ts";
import { readMachine, required } from "../../provider/machine.ts";
import { clusterImageName } from "../../tools/root/cluster-image.mjs";
import { admitRegistry, labKubeconfig } from "../lab/kubernetes/lab.ts";
import { link } from "../lab/kubernetes/place.ts";
import { login, type Registry, registryProgram, startRegistry } from "../support/registry.ts";
import { whyNoServices } from "../support/service-load.ts";
import { skip } from "../support/skip.ts";
import { Client } from "./client.ts";
import { eventually, folder, kubectl, list, type Listed, ownNamespaces, send } from "./cluster.ts";

const fixture = fileURLToPath(new URL("../fixtures/service/source", import.meta.url));
const program = fileURLToPath(new URL("service-program/program.mjs", import.meta.url));

interface PodStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly containerStatuses?: readonly { readonly restartCount: number }[];
}

const isReady = ({ status }: Listed): boolean =>
  (status as PodStatus).conditions?.some((each) => each.type === "Ready" && each.status === "True") === true;
const restartsOf = ({ status }: Listed): number => (status as PodStatus).containerStatuses?.[0]?.restartCount ?? 0;
const imageOf = ({ spec }: Listed): string => (spec?.["containers"] as { image: string }[])[0]?.image ?? "";

describe("a model's service on Kubernetes, from its source, against a real cluster", function () {
  this.timeout(300_000);
  const source = join(folder, "source");
  const client = new Client("client");
  let stack: Stack | undefined;
  let registry: Registry | undefined;
  let url = "";
  let namespace = "";

  const config = (): Record<string, string> => {
    const all = { kubeconfig: labKubeconfig(), source, target: `${registry!.host}/team/adder:1`, ...login };
    return Object.fromEntries(Object.entries(all).map(([key, value]) => [`test:${key}`, value]));
  };
  const change = (from: string, to: string): void => {
    const file = join(source, "predict.py");
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  };
  const pods = (): Promise<readonly Listed[]> => list("pods", "--namespace", namespace);
  /** The autoscaler asks for the fewest replicas by itself, some seconds after the first is there. */
  const bothReady = (): Promise<void> =>
    eventually(async () => {
      const all = await pods();
      return all.length === 2 && all.every(isReady);
    });

  before(async function () {
    const machine = readMachine();
    const reason = whyNoServices(machine);
    if (reason !== null) skip(this, reason);
    const found = await registryProgram();
    if ("reason" in found) skip(this, found.reason);
    registry = await startRegistry(found.file, join(folder, "registry"), link.outside.address);
    admitRegistry(registry.host);
    cpSync(fixture, source, { recursive: true });
    await client.start(clusterImageName(required(machine, "root", machine.root)));
    stack = await openWorkspace({ name: "service-on-kubernetes", program, config: config(), machine });
  });

  after(async () => {
    if (stack !== undefined) await takeUp(stack).catch(() => undefined); // What it did not destroy goes with its cluster.
    await registry?.end();
  });

  it("is built, pushed, got by the node with a login, and answers behind its Service", async () => {
    const { outputs } = await stack!.up();
    [url, namespace] = [String(outputs["url"]?.value), String(outputs["namespaceName"]?.value)];
    expect(url).to.match(/^http:\/\/[a-z0-9-]+\.[a-z0-9-]+\.svc$/);
    const { status, body } = await client.predict(url);
    expect([status, body]).to.deep.equal([200, { sum: 6, version: 1, words: "hello" }]);
    await bothReady();
    const image = `${registry!.host}/team/adder@${String(outputs["imageDigest"]?.value)}`;
    expect((await pods()).map(imageOf)).to.deep.equal([image, image]);
  });

  it("has as many replicas as asked for, by its autoscaler, and its second up changes nothing", async () => {
    await eventually(async () => {
      const [autoscaler] = await list("horizontalpodautoscalers", "--namespace", namespace);
      return autoscaler?.status?.["currentReplicas"] === 2 && autoscaler.status["desiredReplicas"] === 2;
    });
    expect((await stack!.up()).summary.resourceChanges).to.have.all.keys("same");
    expect((await pods()).filter(isReady)).to.have.lengthOf(2);
  });

  it("lets one replica go at a time when its node is emptied, in the API's words", async () => {
    const names = (await pods()).map(({ metadata }) => metadata.name);
    const evict = (name = ""): Promise<string> => {
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
      return send(eviction, "create", "--raw", path).catch((thrown: unknown) => (thrown as Error).message);
    };
    expect(await evict(names[0])).to.include('"status":"Success"');
    expect(await evict(names[1])).to.match(/would violate the pod's disruption budget/);
    await bothReady();
  });

  it("is exchanged for a new version, one replica after the other, without a request that fails", async () => {
    const load = client.load(url, "each");
    change("VERSION = 1", "VERSION = 2");
    const { summary } = await stack!.up();
    expect(summary.resourceChanges).to.include({ update: 3 });
    await bothReady();
    const { failed, order, versions } = await load.end();
    expect(failed).to.deep.equal([]);
    expect(order).to.deep.equal([1, 2]);
    expect(versions["1"]).to.be.above(50);
    expect(versions["2"]).to.be.above(50);
  });

  it("is started again where its server ends", async () => {
    const [pod] = await pods();
    const end = "import os; os.kill(1, 15)";
    await kubectl("exec", "--namespace", namespace, pod!.metadata.name, "--", "python3", "-c", end);
    await eventually(async () => (await pods()).some((each) => restartsOf(each) === 1));
    await bothReady();
  });

  it("leaves nothing in the cluster after destroy", async () => {
    await stack!.destroy();
    await client.end();
    expect((await list("namespaces")).map(({ metadata }) => metadata.name).sort()).to.deep.equal(ownNamespaces);
    expect(await list("pods", "--all-namespaces")).to.deep.equal([]);
  });
});
