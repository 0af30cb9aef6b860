import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configure, openWorkspace, takeUp } from "../../cli/workspace.ts";
import { parseRecord } from "../../measure/parse-record.ts";
import { type Results, resultsSchema } from "../../measure/results.ts";
import { readMachine, required } from "../../provider/machine.ts";
import { clusterImageName } from "../../tools/root/cluster-image.mjs";
import { labKubeconfig, labOperator } from "../lab/kubernetes/lab.ts";
import { simulatedGpus } from "../lab/kubernetes/place.ts";
import { folder, kubectl, list, type Listed, ownNamespaces } from "./cluster.ts";

function conditionsOf(object: Listed | undefined): unknown[] {
  const conditions = object?.status?.["conditions"] as { readonly type: string; readonly status: string }[] | undefined;
  return (conditions ?? []).filter(({ status }) => status === "True").map(({ type }) => type);
}

describe("the life of a stack on Kubernetes, against a real cluster", function () {
  this.timeout(300_000);
  let stack: Stack;
  let operator: Stack;
  let namespace = "";
  let root: { directory: string; digest: string };

  const config = (values: Readonly<Record<string, unknown>> = {}): Record<string, string> => {
    const all = {
      ...{ kubeconfig: labKubeconfig(), image: clusterImageName(root), records: join(folder, "records") },
      ...{
        roles: ["leader"],
        kind: "alone",
        framework: "tensorflow",
        cpus: 1,
        memoryMiB: 256,
        gpus: 0,
        pods: 4,
        graceSec: 15,
      },
      ...values,
    };
    const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
    return Object.fromEntries(Object.entries(all).map(([key, value]) => [`test:${key}`, text(value)]));
  };
  const several = { pods: 8 };
  const distributed = { ...several, roles: ["chief", "worker-1"], kind: "distributed" };
  const bring = async (): Promise<{ results: Results; changes: Readonly<Record<string, number>> }> => {
    const { outputs, summary } = await stack.up();
    namespace = String(outputs["namespaceName"]?.value);
    return { results: resultsSchema.parse(outputs["results"]?.value), changes: summary.resourceChanges ?? {} };
  };
  const refusal = async (values: Readonly<Record<string, unknown>>): Promise<string> => {
    await configure(stack, config(values));
    return stack.up().then(
      () => "it was not refused",
      (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
    );
  };
  /** Pods of another kind have room only once those before are gone. */
  const withoutPods = async (): Promise<void> => {
    await configure(stack, config({ ...distributed, kind: "nothing" }));
    await stack.up();
  };
  const inPod = async (...words: string[]): Promise<string> => {
    const [pod] = await list("pods", "--namespace", namespace);
    return kubectl("exec", "--namespace", namespace, pod?.metadata.name ?? "", "--", ...words);
  };

  before(async () => {
    root = required(readMachine(), "root", readMachine().root);
    const machine = readMachine();
    const program = fileURLToPath(new URL("program/program.mjs", import.meta.url));
    stack = await openWorkspace({ name: "kubernetes", program, config: config(), machine });
    const once = fileURLToPath(new URL("operator-program/program.mjs", import.meta.url));
    const cluster = { "test:kubeconfig": labKubeconfig(), "test:manifests": labOperator() };
    operator = await openWorkspace({ name: "operator", program: once, config: cluster, machine });
  });

  after(async () => {
    // What they did not destroy goes with their cluster.
    for (const each of [stack, operator]) await takeUp(each).catch(() => undefined);
  });

  it("measures in a pod, from the bits of the shared root", async () => {
    const { results } = await bring();
    expect(results.status).to.equal("complete");
    const [environment] = results.environments;
    expect(environment?.environment).to.equal("container-on-bare-metal");
    expect(environment?.facts).to.deep.include({
      cpus: 1,
      memoryMiB: 256,
      rootDigest: root.digest,
      containerRuntime: "containerd of Kubernetes",
      virtualisation: "none",
    });
    expect(environment?.facts.imageDigest).to.match(/^sha256:[0-9a-f]{64}$/);
  });

  it("gives the pod what it was asked for, and nothing else, as the API tells", async () => {
    const [pod] = await list("pods", "--namespace", namespace);
    expect(pod?.status).to.include({ qosClass: "Guaranteed", phase: "Running" });
    expect(pod?.metadata.labels).to.include({ "app.kubernetes.io/managed-by": "underlay" });
    const [quota] = await list("resourcequotas", "--namespace", namespace);
    expect((quota?.status?.["used"] as Record<string, string>)["limits.cpu"]).to.equal("1");
    expect(await list("networkpolicies", "--namespace", namespace)).to.have.lengthOf(2);
  });

  it("lets the pod's programs do nothing but compute, as its kernel tells", async () => {
    const status = await inPod("cat", "/proc/self/status");
    const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
    expect(field("Uid")).to.equal("65534");
    expect(Number.parseInt(field("CapEff"), 16) + Number.parseInt(field("CapBnd"), 16)).to.equal(0);
    expect(field("NoNewPrivs")).to.equal("1");
    expect(field("Seccomp")).to.equal("2");
    const tried = "touch /var/tmp/a 2>/dev/null || echo read-only; ls /var/run/secrets 2>/dev/null || echo no token";
    expect(await inPod("sh", "-c", tried)).to.equal("read-only\nno token");
  });

  it("changes nothing in a second up, and nothing in a refresh", async () => {
    expect((await bring()).changes).to.have.all.keys("same");
    const { summary } = await stack.refresh();
    expect(summary.resourceChanges).to.have.all.keys("same");
  });

  it("keeps the kubeconfig out of its state, its outputs and every command line", async () => {
    const key = /"client-key-data":"([^"]{40})/.exec(readFileSync(labKubeconfig(), "utf8"))?.[1] ?? "";
    expect(key).to.have.lengthOf(40);
    const backend = join(stack.workspace.workDir, "backend");
    const files = readdirSync(backend, { recursive: true, encoding: "utf8", withFileTypes: true });
    const state = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))
      .join("\n");
    expect(state).to.include("training-namespace");
    expect(state.includes(key)).to.equal(false);
    expect(JSON.stringify(await stack.outputs()).includes(key)).to.equal(false);
  });

  it("updates a quota in place, and makes the pod anew for another size", async () => {
    await configure(stack, config({ pods: 5 }));
    expect((await bring()).changes)
      .to.include({ update: 1 })
      .and.not.have.property("replace");
    await configure(stack, config({ memoryMiB: 512 }));
    const { results, changes } = await bring();
    expect(changes).to.have.property("replace");
    expect(results.environments[0]?.facts.memoryMiB).to.equal(512);
  });

  it("schedules a GPU that a device plugin tells of, which is simulated here", async () => {
    await configure(stack, config({ gpus: 1 }));
    await bring();
    expect(await inPod("printenv", "NVIDIA_VISIBLE_DEVICES")).to.match(/^simulated-\d$/);
  });

  it("is refused more than the quota has, in the API's words", async () => {
    expect(await refusal({ cpus: 3 })).to.match(/does not come: .*exceeded quota: .*limits\.cpu=3/);
  });

  it("is refused more GPUs than there are, in the scheduler's words", async () => {
    expect(await refusal({ gpus: simulatedGpus + 1 })).to.match(/Unschedulable: .*Insufficient nvidia\.com\/gpu/);
  });

  it("is refused an image that is nowhere, in the runtime's words", async () => {
    expect(await refusal({ image: "underlay.invalid/root:1" })).to.match(/ErrImagePull|ImagePullBackOff/);
  });

  it("measures again once it is asked for what there is", async () => {
    await configure(stack, config());
    expect((await bring()).results.status).to.equal("complete");
  });

  it("installs the training operator, whose kinds of job the API then has", async () => {
    await operator.up();
    const names = (await list("customresourcedefinitions")).map(({ metadata }) => metadata.name);
    expect(names).to.include.members(["tfjobs.kubeflow.org", "pytorchjobs.kubeflow.org"]);
  });

  it("has the operator make no pod that the quota has no room for, in the API's words", async () => {
    await withoutPods();
    // Three pods of a CPU each do not fit on a node of two.
    const roles = ["chief", "worker-1", "parameter-server"];
    expect(await refusal({ ...distributed, roles })).to.match(/does not come: .*exceeded quota: .*limits\.cpu=1/);
  });

  it("runs a TFJob of the training operator, over the cluster's network", async () => {
    await configure(stack, config(distributed));
    const { results } = await bring();
    expect(results.status).to.equal("complete");
    const [environment] = results.environments;
    expect(environment?.companions?.map(({ role }) => role)).to.deep.equal(["worker-1"]);
    expect(environment?.network?.[0]).to.include({ overlay: "cluster", configuredMbitPerSec: null });
    expect(environment?.network?.[0]?.throughputMbitPerSec).to.be.above(1);
    const [job, ...more] = await list("tfjobs.kubeflow.org", "--namespace", namespace);
    expect(more).to.deep.equal([]);
    expect(conditionsOf(job)).to.include("Running");
  });

  it("runs a PyTorchJob, whose pods the restricted namespace admits", async () => {
    await withoutPods();
    await configure(stack, config({ ...distributed, framework: "pytorch" }));
    expect((await bring()).results.status).to.equal("complete");
    const [job] = await list("pytorchjobs.kubeflow.org", "--namespace", namespace);
    expect(conditionsOf(job)).to.include("Running");
    const pods = await list("pods", "--namespace", namespace);
    expect(pods.map(({ status }) => status?.["qosClass"])).to.deep.equal(["Guaranteed", "Guaranteed"]);
  });

  it("puts two Jobs on one node, and plays them together", async () => {
    await withoutPods();
    await configure(stack, config({ ...several, roles: ["foreground", "background"], kind: "beside" }));
    const { results } = await bring();
    expect(results.status).to.equal("complete");
    const pods = await list("pods", "--namespace", namespace);
    expect(new Set(pods.map(({ spec }) => spec?.["nodeName"])).size).to.equal(1);
    expect(pods).to.have.lengthOf(2);
  });

  it("carries out a fixed plan in a pod that nobody enters, and turns its log into a record", async () => {
    await withoutPods();
    await configure(stack, config({ ...several, kind: "queued" }));
    const { results } = await bring();
    expect(results.status).to.equal("complete");
    const [first, ...lines] = parseRecord(readFileSync(results.record.path, "utf8"));
    expect(first).to.include({ type: "run", queued: true });
    expect(lines.filter(({ type }) => type === "block")).to.have.lengthOf(6);
    expect(results.environments[0]?.facts).to.include({ cpus: 1, memoryMiB: 256, rootDigest: root.digest });
  });

  it("leaves nothing in the cluster after destroy, and nothing of the run here", async () => {
    await stack.destroy();
    await operator.destroy();
    const names = (await list("namespaces")).map(({ metadata }) => metadata.name);
    expect(names.sort()).to.deep.equal(ownNamespaces);
    expect(await list("pods", "--all-namespaces")).to.deep.equal([]);
    expect(await list("customresourcedefinitions")).to.deep.equal([]);
    const runs = join(folder, "state", "underlay", "runs");
    expect(existsSync(runs) ? readdirSync(runs) : []).to.deep.equal([]);
  });
});
