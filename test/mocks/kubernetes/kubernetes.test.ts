import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Run } from "../../../components/index.ts";
import {
  DevicePlugin,
  QueuedTrainingJob,
  type QueuedTrainingJobArgs,
  devicePluginImage,
  KubernetesCluster,
  TrainingJob,
  type TrainingJobArgs,
  TrainingNamespace,
  TrainingOperator,
} from "../../../components/kubernetes/index.ts";
import { factsOf } from "../../fixtures/report/fixture.ts";
import { errorOf } from "../../support/expect-error.ts";
import { trainingPlan } from "../../../workloads/index.ts";
import { attachmentOf, connectionOf, listed, named, type Registered, results, run, runId, valueOf } from "../engine.ts";

const image = `registry.example/underlay-root@sha256:${"ab".repeat(32)}`;
const kubeconfig = "apiVersion: v1\nkind: Config\n";
const start = (): Run => new Run("run", { project: "underlay", stack: "test" });
const made = (name = "cluster"): KubernetesCluster => new KubernetesCluster(name, { kubeconfig, nodes: "bare-metal" });
/** How the engine hands a secret over. */
const secret = (value: string) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });
const quota = { cpus: 4, memoryMiB: 8192 };

interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: Record<string, unknown> & { readonly containers: Record<string, unknown>[] };
}

interface ReplicaSpec {
  readonly replicas: number;
  readonly restartPolicy: string;
  readonly template: Template;
}

/** Makes a job with its cluster and namespace. */
function job(name: string, args: Partial<TrainingJobArgs> & Pick<TrainingJobArgs, "roles">): TrainingJob {
  const own = start();
  const cluster = made();
  const namespace = new TrainingNamespace("training", { run: own, cluster, quota });
  return new TrainingJob(name, { run: own, cluster, namespace, image, ...args });
}

function specOf(registered: readonly Registered[], name: string): Record<string, unknown> {
  return named(registered, name).inputs["spec"] as Record<string, unknown>;
}

const templateOf = (registered: readonly Registered[], name: string): Template =>
  specOf(registered, name)["template"] as Template;

describe("a cluster", () => {
  it("is a provider with its kubeconfig, once for each", async () => {
    const { value, registered } = await run(() => [
      made("one"),
      new KubernetesCluster("two", { kubeconfig: "other", nodes: "vm" }),
    ]);
    expect(listed(registered)).to.deep.equal([
      "pulumi:providers:kubernetes one-api < underlay:kubernetes:KubernetesCluster one",
      "pulumi:providers:kubernetes two-api < underlay:kubernetes:KubernetesCluster two",
      "underlay:kubernetes:KubernetesCluster one < stack",
      "underlay:kubernetes:KubernetesCluster two < stack",
    ]);
    expect(named(registered, "two-api").inputs["kubeconfig"]).to.deep.equal(secret("other"));
    expect(value.map(({ environment }) => environment)).to.deep.equal(["container-on-bare-metal", "container-on-vm"]);
    expect(await valueOf(value[0]!.kubeconfig)).to.equal(kubeconfig);
    expect(await (value[0]!.kubeconfig as unknown as { isSecret: Promise<boolean> }).isSecret).to.equal(true);
  });
});

describe("a namespace", () => {
  it("has a quota, and a network that admits its own pods and names alone", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      const cluster = made();
      new TrainingNamespace("other", { run: own, cluster, quota, hostNetwork: true });
      return new TrainingNamespace("training", { run: own, cluster, quota: { ...quota, gpus: 2, pods: 3 } });
    });
    expect(listed(registered).filter((line) => line.includes(" training"))).to.deep.equal([
      "kubernetes:core/v1:Namespace training-namespace < underlay:kubernetes:TrainingNamespace training",
      "kubernetes:core/v1:ResourceQuota training-quota < underlay:kubernetes:TrainingNamespace training",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy training-each-other < underlay:kubernetes:TrainingNamespace training",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy training-nothing < underlay:kubernetes:TrainingNamespace training",
      "underlay:kubernetes:TrainingNamespace training < stack",
    ]);
    expect(await valueOf(value.namespace)).to.equal("training-namespace-0123abcd");
    expect(specOf(registered, "training-quota")).to.deep.equal({
      hard: {
        "requests.cpu": "4",
        "limits.cpu": "4",
        "requests.memory": "8192Mi",
        "limits.memory": "8192Mi",
        pods: "3",
        "requests.nvidia.com/gpu": "2",
      },
    });
    expect(specOf(registered, "training-nothing")).to.deep.equal({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    const { ingress, egress } = specOf(registered, "training-each-other") as Record<string, object[]>;
    expect(ingress).to.deep.equal([{ from: [{ podSelector: {} }] }]);
    expect(egress?.[0]).to.deep.equal({ to: [{ podSelector: {} }] });
    expect(JSON.stringify(egress?.[1])).to.include("kube-system").and.include('"port":53');
    const labelsOf = (name: string): Record<string, string> =>
      (named(registered, name).inputs["metadata"] as { labels: Record<string, string> }).labels;
    expect(labelsOf("training-namespace")).to.include({
      "underlay.dev/run": runId,
      "pod-security.kubernetes.io/enforce": "restricted",
    });
    expect(labelsOf("other-namespace")).to.include({ "pod-security.kubernetes.io/enforce": "privileged" });
  });
});

describe("the device plugin", () => {
  it("is a daemon on every node, by the digest that NVIDIA pins, with no privilege", async () => {
    const { registered } = await run(() => {
      const cluster = made();
      new DevicePlugin("gpus", { cluster });
      new DevicePlugin("others", { cluster: made("second"), image: `example/plugin:v1`, runtimeClass: "nvidia" });
    });
    const { spec } = templateOf(registered, "gpus-daemons");
    expect(devicePluginImage).to.match(/^nvcr\.io\/nvidia\/k8s-device-plugin:v0\.19\.3@sha256:[0-9a-f]{64}$/);
    expect(spec.containers[0]).to.deep.include({
      image: devicePluginImage,
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    });
    expect(templateOf(registered, "others-daemons").spec).to.include({ runtimeClassName: "nvidia" });
    expect(spec).to.not.have.property("runtimeClassName");
  });

  it("is refused by a name that may be another's tomorrow", async () => {
    await run(() => {
      for (const loose of ["nvidia/plugin", "nvidia/plugin:latest", "registry:5000/plugin"]) {
        const error = errorOf(() => new DevicePlugin("gpus", { cluster: made(`for-${loose}`), image: loose }));
        expect(error.code).to.equal("image-not-pinned");
        expect(error.message).to.include(loose);
      }
    });
  });
});

describe("the training operator", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "operator-"));
    writeFileSync(join(folder, "kustomization.yaml"), "resources: []\n");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("comes from the manifests that are given", async () => {
    const { registered } = await run(() => {
      const cluster = made();
      new TrainingOperator("operator", { cluster, manifests: folder });
      new TrainingOperator("another", { cluster: made("second"), manifests: folder });
    });
    expect(named(registered, "operator-manifests")).to.deep.include({
      type: "kubernetes:kustomize/v2:Directory",
      parent: "underlay:kubernetes:TrainingOperator operator",
    });
    expect(named(registered, "another-manifests").inputs["directory"]).to.equal(folder);
  });

  it("is refused without manifests: an error that says which", async () => {
    await run(() => {
      const error = errorOf(() => new TrainingOperator("operator", { cluster: made(), manifests: "/nowhere" }));
      expect(error.code).to.equal("operator-manifests-missing");
      expect(error.message).to.include("/nowhere");
      expect(error.hint).to.include("1.8.1");
    });
  });
});

describe("a training job", () => {
  it("of one role is a Job whose pod may do nothing but compute, and a host", async () => {
    const { value, registered } = await run(() =>
      job("train", { roles: ["chief"], cpus: 2, memoryMiB: 1024, gpus: 1 }),
    );
    expect(listed(registered).filter((line) => line.includes(" train-") || line.includes(" train <"))).to.deep.equal([
      "kubernetes:batch/v1:Job train-chief < underlay:kubernetes:TrainingJob train",
      "underlay:index:PodAccess train-chief-pod < underlay:kubernetes:TrainingJob train",
      "underlay:kubernetes:TrainingJob train < stack",
    ]);
    const { spec } = templateOf(registered, "train-chief");
    const limits = { cpu: "2", memory: "1024Mi", "nvidia.com/gpu": "1" };
    expect(spec).to.deep.include({
      automountServiceAccountToken: false,
      hostNetwork: false,
      restartPolicy: "Never",
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: 65_534, runAsGroup: 65_534, fsGroup: 65_534 },
        seccompProfile: { type: "RuntimeDefault" },
      },
    });
    expect(spec).to.not.have.property("affinity");
    expect(spec.containers[0]).to.deep.include({
      image,
      command: ["sleep", "infinity"],
      resources: { requests: limits, limits },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    });
    expect(named(registered, "train-chief-pod").inputs).to.deep.equal({
      name: "train-chief-pod",
      runId,
      environment: "container-on-bare-metal",
      kubeconfig: secret(kubeconfig),
      namespace: "training-namespace-0123abcd",
      owner: { kind: "Job", name: "train-chief-0123abcd" },
      selector: { "underlay.dev/run": runId, "underlay.dev/job": "train", "underlay.dev/role": "chief" },
      container: "trainer",
      cpus: 2,
      memoryMiB: 1024,
    });
    const [host] = value.hosts;
    expect(value.hosts).to.have.lengthOf(1);
    expect(host.environment).to.equal("container-on-bare-metal");
    expect(host.attachment).to.equal(undefined);
    expect(await valueOf(host.connection)).to.deep.equal(connectionOf("train-chief-pod"));
    expect(await valueOf(host.facts)).to.deep.equal(factsOf("container-on-bare-metal"));
  });

  it("beside another has two Jobs on one node", async () => {
    const roles = ["foreground", "background"] as const;
    const { registered } = await run(() => job("pair", { roles, kind: "beside" }));
    for (const role of roles) {
      const { podAffinity } = templateOf(registered, `pair-${role}`).spec["affinity"] as Record<string, object>;
      expect(podAffinity).to.deep.equal({
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            labelSelector: { matchLabels: { "underlay.dev/run": runId, "underlay.dev/job": "pair" } },
            topologyKey: "kubernetes.io/hostname",
          },
        ],
      });
    }
  });

  it("that is distributed is one TFJob, its pods apart, with hosts on a network", async () => {
    const { value, registered } = await run(() =>
      job("many", { roles: ["chief", "worker-1", "worker-2", "parameter-server"], kind: "distributed", gpus: 1 }),
    );
    const found = named(registered, "many-job");
    expect(found.type).to.equal("kubernetes:kubeflow.org/v1:TFJob");
    const spec = found.inputs["spec"] as Record<string, unknown>;
    expect(spec["runPolicy"]).to.deep.include({ cleanPodPolicy: "All" });
    const specs = spec["tfReplicaSpecs"] as Record<string, ReplicaSpec>;
    expect(Object.entries(specs).map(([type, { replicas }]) => [type, replicas])).to.have.deep.members([
      ["Chief", 1],
      ["Worker", 2],
      ["PS", 1],
    ]);
    for (const [type, { template }] of Object.entries(specs)) {
      expect(template.spec["affinity"]).to.have.property("podAntiAffinity");
      expect(template.spec.containers[0]?.["name"]).to.equal("tensorflow");
      const { limits } = template.spec.containers[0]?.["resources"] as { limits: object };
      expect("nvidia.com/gpu" in limits, type).to.equal(type !== "PS");
    }
    expect(named(registered, "many-worker-2-pod").inputs).to.deep.include({
      owner: { kind: "TFJob", name: "many-job-0123abcd" },
      selector: {
        "training.kubeflow.org/job-name": "many-job-0123abcd",
        "training.kubeflow.org/replica-type": "worker",
        "training.kubeflow.org/replica-index": "1",
      },
      container: "tensorflow",
      network: { name: "many", hostName: "worker-2", overlay: "cluster" },
    });
    expect(value.hosts).to.have.lengthOf(4);
    expect(await valueOf(value.hosts[3]!.attachment!)).to.deep.equal(attachmentOf("many-parameter-server-pod"));
  });

  it("on PyTorch is a PyTorchJob, on its nodes' own network where it is asked for", async () => {
    const { registered } = await run(() =>
      job("ring", {
        ...{
          roles: ["chief", "worker-1"],
          kind: "distributed",
          framework: "pytorch",
          network: "host",
          placement: "any",
        },
      }),
    );
    const found = named(registered, "ring-job");
    expect(found.type).to.equal("kubernetes:kubeflow.org/v1:PyTorchJob");
    const specs = (found.inputs["spec"] as Record<string, Record<string, ReplicaSpec>>)["pytorchReplicaSpecs"]!;
    // A master would have the operator put a container before its workers that no restricted namespace admits.
    expect(Object.entries(specs).map(([type, { replicas }]) => [type, replicas])).to.deep.equal([["Worker", 2]]);
    expect(specs["Worker"]?.template.spec).to.deep.include({ hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" });
    expect(specs["Worker"]?.template.spec).to.not.have.property("affinity");
    expect(named(registered, "ring-chief-pod").inputs).to.deep.include({ container: "pytorch" });
    const chosen = ["ring-chief-pod", "ring-worker-1-pod"].map((name) => named(registered, name).inputs);
    expect(
      chosen.map(({ selector }) => (selector as Record<string, string>)["training.kubeflow.org/replica-index"]),
    ).to.deep.equal(["0", "1"]);
    expect(named(registered, "ring-chief-pod").inputs["network"]).to.deep.include({ overlay: "host" });
  });

  it("has no part for an unknown role, and no image without a version", async () => {
    await run(() => {
      const pytorch = { roles: ["chief", "parameter-server"], kind: "distributed", framework: "pytorch" } as const;
      expect(errorOf(() => job("odd", pytorch)).code).to.equal("role-unknown");
    });
    await run(() => {
      const error = errorOf(() => job("loose", { roles: ["chief"], image: "underlay-root" }));
      expect(error.code).to.equal("image-not-pinned");
    });
  });

  it("may be made twice in one program, and a preview shows all of it although nothing is known", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      const cluster = made();
      const namespace = new TrainingNamespace("training", { run: own, cluster, quota });
      const args = { run: own, cluster, namespace, image };
      return [
        new TrainingJob("one", { ...args, roles: ["chief"] }),
        new TrainingJob("two", { ...args, roles: ["chief", "worker-1"], kind: "distributed" }),
      ];
    }, true);
    expect(listed(registered).filter((line) => / (?:one|two)[- ]/.test(line))).to.deep.equal([
      "kubernetes:batch/v1:Job one-chief < underlay:kubernetes:TrainingJob one",
      "kubernetes:kubeflow.org/v1:TFJob two-job < underlay:kubernetes:TrainingJob two",
      "underlay:index:PodAccess one-chief-pod < underlay:kubernetes:TrainingJob one",
      "underlay:index:PodAccess two-chief-pod < underlay:kubernetes:TrainingJob two",
      "underlay:index:PodAccess two-worker-1-pod < underlay:kubernetes:TrainingJob two",
      "underlay:kubernetes:TrainingJob one < stack",
      "underlay:kubernetes:TrainingJob two < stack",
    ]);
    for (const { hosts } of value) {
      expect(await valueOf(hosts[0].connection)).to.equal(undefined);
    }
  });
});

describe("a queued training job", () => {
  const plan = trainingPlan({ model: "alexnet", rounds: 2 });
  const queued = (name: string, own: Run, more: Partial<QueuedTrainingJobArgs> = {}): QueuedTrainingJob => {
    const cluster = made(`${name}-cluster`);
    const namespace = new TrainingNamespace(`${name}-space`, { run: own, cluster, quota });
    return new QueuedTrainingJob(name, { run: own, cluster, namespace, image, plan, ...more });
  };

  it("is given its program and all commands as files, and is measured by its log", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      queued("other", own, { gpus: 1, runtimeClass: "nvidia", timeoutSec: 60 });
      return queued("later", own, { memoryMiB: 2048 });
    });
    expect(listed(registered).filter((line) => / later-(?!cluster|space)/.test(line))).to.deep.equal([
      "kubernetes:batch/v1:Job later-job < underlay:kubernetes:QueuedTrainingJob later",
      "kubernetes:core/v1:ConfigMap later-files-0 < underlay:kubernetes:QueuedTrainingJob later",
      "kubernetes:core/v1:ConfigMap later-files-1 < underlay:kubernetes:QueuedTrainingJob later",
      "underlay:index:QueuedMeasurement later-measurement < underlay:kubernetes:QueuedTrainingJob later",
    ]);
    const { containers, volumes } = templateOf(registered, "later-job").spec as Template["spec"] & {
      volumes: { configMap?: { name: string; items: { key: string; path: string }[] } }[];
    };
    expect(specOf(registered, "later-job")["backoffLimit"]).to.equal(0);
    // What owns nothing: the provider may wait for what is gone before it looks.
    for (const name of ["later-files-0", "later-files-1", "later-space-quota", "later-space-nothing"]) {
      const { annotations } = named(registered, name).inputs["metadata"] as { annotations: object };
      expect(annotations, name).to.include({ "pulumi.com/deletionPropagationPolicy": "background" });
    }
    expect((containers[0]?.["command"] as string[]).slice(-2)).to.deep.equal(["python3", "/underlay/program/main.py"]);
    const [program, plans] = volumes.flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap]));
    expect(program?.items.map(({ path }) => path)).to.include.members(["main.py", "zoo/alexnet.py"]);
    expect(plans?.items.map(({ path }) => path)).to.deep.equal(["launch-0000.jsonl", "launch-0001.jsonl", "facts.py"]);
    const files = Object.values(named(registered, "later-files-0").inputs["data"] as Record<string, string>);
    expect(files.reduce((sum, text) => sum + Buffer.byteLength(text), 0)).to.be.below(1024 * 1024);
    expect(named(registered, "later-measurement").inputs).to.deep.include({
      kubeconfig: secret(kubeconfig),
      owner: { kind: "Job", name: "later-job-0123abcd" },
      memoryMiB: 2048,
      graceSec: 86_400,
    });
    expect(named(registered, "other-measurement").inputs["timeoutSec"]).to.equal(60);
    expect(await valueOf(value.results)).to.deep.equal(results);
  });

  it("has no program beside it", async () => {
    await run(() => {
      const own = start();
      expect(() => queued("pair", own, { plan: trainingPlan({ scenario: "shared" }) })).to.throw(/must be of one role/);
    });
  });
});
