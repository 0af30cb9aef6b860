import { setAllConfig } from "@pulumi/pulumi/runtime/config.js";
import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../../stacks/index.ts";
import { kubernetes } from "../../../stacks/kubernetes.ts";
import { trainingPlan } from "../../../workloads/index.ts";
import { factsOf } from "../../fixtures/report/fixture.ts";
import { attachmentOf, connectionOf, listed, named, results, run, valueOf } from "../engine.ts";

describe("the stack on Kubernetes", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "kubernetes-stack-"));
    writeFileSync(join(folder, "kubeconfig"), "apiVersion: v1\nkind: Config\n");
    writeFileSync(join(folder, "kustomization.yaml"), "resources: []\n");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function program(config: Readonly<Record<string, string>>) {
    const all = {
      ...{ target: "kubernetes", environment: "container-on-bare-metal", image: "registry.example/root:1" },
      kubeconfig: join(folder, "kubeconfig"),
      ...config,
    };
    const settings = readConfig(
      Object.fromEntries(Object.entries(all).map(([key, value]) => [`underlay:${key}`, value])),
    );
    return () => kubernetes(settings);
  }

  it("says until when its run may stand on all that the reaper lists, and nothing where it may stand for ever", async () => {
    setAllConfig({ "underlay:expires": "2030-12-31" });
    const ending = await run(program({})).finally(() => {
      setAllConfig({});
    });
    const annotationsOf = ({ registered }: typeof ending, name: string): unknown =>
      (named(registered, name).inputs["metadata"] as { annotations?: unknown }).annotations;
    const expires = { "underlay.dev/expires": "2030-12-31" };
    expect(annotationsOf(ending, "training-namespace")).to.deep.equal(expires);
    expect(annotationsOf(ending, "training-quota")).to.include(expires);
    const job = { "pulumi.com/skipAwait": "true" };
    expect(annotationsOf(ending, "pods-chief")).to.deep.equal({ ...job, ...expires });
    const staying = await run(program({}));
    expect(annotationsOf(staying, "training-namespace")).to.deep.equal({});
    expect(annotationsOf(staying, "pods-chief")).to.deep.equal(job);
  });

  it("trains in one pod of a namespace with room for it alone", async () => {
    const { value, registered } = await run(program({ cpus: "2", memoryMiB: "2048", gpus: "1", blocks: "3" }));
    expect(listed(registered)).to.deep.equal([
      "kubernetes:batch/v1:Job pods-chief < underlay:kubernetes:TrainingJob pods",
      "kubernetes:core/v1:Namespace training-namespace < underlay:kubernetes:TrainingNamespace training",
      "kubernetes:core/v1:ResourceQuota training-quota < underlay:kubernetes:TrainingNamespace training",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy training-each-other < underlay:kubernetes:TrainingNamespace training",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy training-nothing < underlay:kubernetes:TrainingNamespace training",
      "pulumi:providers:kubernetes cluster-api < underlay:kubernetes:KubernetesCluster cluster",
      "underlay:index:Measurement training-measurement < underlay:workloads:Training training",
      "underlay:index:PodAccess pods-chief-pod < underlay:kubernetes:TrainingJob pods",
      "underlay:index:Run run < stack",
      "underlay:kubernetes:KubernetesCluster cluster < stack",
      "underlay:kubernetes:TrainingJob pods < stack",
      "underlay:kubernetes:TrainingNamespace training < stack",
      "underlay:workloads:Training training < stack",
    ]);
    const { hosts, plan, baseline } = named(registered, "training-measurement").inputs;
    expect(hosts).to.deep.equal([
      {
        environment: "container-on-bare-metal",
        connection: connectionOf("pods-chief-pod"),
        facts: factsOf("container-on-bare-metal"),
      },
    ]);
    expect(baseline).to.equal("container-on-bare-metal");
    expect(plan).to.deep.equal(trainingPlan({ cpus: 2, blocks: 3 }));
    const { hard } = named(registered, "training-quota").inputs["spec"] as { hard: Record<string, string> };
    expect(hard).to.include({
      "limits.cpu": "2",
      "limits.memory": "2048Mi",
      "requests.nvidia.com/gpu": "1",
      pods: "1",
    });
    expect(await valueOf(value.results)).to.deep.equal(results);
  });

  it("trains in the pods of a TFJob, by the operator that comes with it", async () => {
    const config = { scenario: "distributed", environment: "container-on-vm", operator: folder, overlay: "host" };
    const { registered } = await run(program(config));
    const names = listed(registered).filter((line) => /TFJob|PodAccess|Directory/.test(line));
    expect(names.map((line) => line.split(" < ")[0])).to.deep.equal([
      "kubernetes:kubeflow.org/v1:TFJob pods-job",
      "kubernetes:kustomize/v2:Directory operator-manifests",
      "underlay:index:PodAccess pods-chief-pod",
      "underlay:index:PodAccess pods-parameter-server-pod",
      "underlay:index:PodAccess pods-worker-1-pod",
    ]);
    expect(named(registered, "pods-job").dependencies).to.include("operator-manifests");
    const [host] = named(registered, "training-measurement").inputs["hosts"] as Record<string, unknown>[];
    expect(host?.["environment"]).to.equal("container-on-vm");
    expect(host?.["attachment"]).to.deep.equal(attachmentOf("pods-chief-pod"));
    expect(host?.["companions"]).to.have.lengthOf(2);
    expect(named(registered, "pods-chief-pod").inputs["network"]).to.deep.include({ overlay: "host" });
  });

  it("trains beside another training in two Jobs", async () => {
    const { registered } = await run(program({ scenario: "shared" }));
    const jobs = registered.filter(({ type }) => type === "kubernetes:batch/v1:Job").map(({ name }) => name);
    expect(jobs.sort()).to.deep.equal(["pods-background", "pods-foreground"]);
  });
});
