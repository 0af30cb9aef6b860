import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Run } from "../../../components/index.ts";
import {
  KubernetesCluster,
  KubernetesModelService,
  type KubernetesModelServiceArgs,
} from "../../../components/kubernetes/index.ts";
import { errorOf } from "../../support/expect-error.ts";
import { listed, named, type Registered, run, runId, valueOf } from "../engine.ts";
import { refusals } from "../refusals.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const image = `registry.example/fashion-mnist@${digest}`;
const measured = { cpus: 1, memoryMiB: 1024, peakMemoryMiB: 400, requestsPerSec: 25, coldStartSec: 30 };
const nodePrice = { perHour: 0.2, currency: "USD", asOf: "2026-07-20", cpus: 4, memoryMiB: 8192 };

type Args = Omit<KubernetesModelServiceArgs, "run" | "cluster">;
function make(name: string, args: Args): KubernetesModelService {
  const own = new Run(`${name}-run`, { project: "underlay", stack: "test" });
  const cluster = new KubernetesCluster(`${name}-cluster`, { kubeconfig: "kind: Config\n", nodes: "vm" });
  return new KubernetesModelService(name, { run: own, cluster, ...args });
}
const spec = (registered: readonly Registered[], name: string) =>
  named(registered, name).inputs["spec"] as Record<string, unknown>;

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly containers: readonly (Record<string, unknown> & { readonly env: readonly object[] })[];
}
function podOf(registered: readonly Registered[], name: string): PodSpec {
  return (spec(registered, name)["template"] as { readonly spec: PodSpec }).spec;
}

describe("a model's service on Kubernetes", () => {
  it("is replicas of a pinned image behind one address, scaled, disrupted one by one, and cut off", async () => {
    const { value, registered } = await run(() =>
      make("mnist", { image, measured, nodePrice, admits: ["203.0.113.0/24"] }),
    );
    const own = "underlay:kubernetes:KubernetesModelService mnist";
    expect(listed(registered).filter((line) => line.endsWith(`< ${own}`))).to.deep.equal(
      [
        "kubernetes:apps/v1:Deployment mnist-deployment",
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler mnist-autoscaler",
        "kubernetes:core/v1:Namespace mnist-namespace",
        "kubernetes:core/v1:Service mnist-service",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy mnist-reach",
        "kubernetes:policy/v1:PodDisruptionBudget mnist-disruption",
      ].map((line) => `${line} < ${own}`),
    );
    expect(await valueOf(value.url)).to.equal("http://mnist-service.test");
    expect(await valueOf(value.imageDigest)).to.equal(digest);
    const selector = { "underlay.dev/service": "mnist" };
    expect(spec(registered, "mnist-autoscaler")).to.deep.include({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "mnist-deployment-0123abcd" },
      ...{ minReplicas: 2, maxReplicas: 10 },
    });
    expect(spec(registered, "mnist-disruption")).to.deep.equal({
      maxUnavailable: 1,
      selector: { matchLabels: selector },
    });
    expect(spec(registered, "mnist-service")).to.deep.equal({
      ...{ type: "LoadBalancer", selector, ports: [{ name: "http", port: 80, targetPort: "http" }] },
      ...{ externalTrafficPolicy: "Local", loadBalancerSourceRanges: ["203.0.113.0/24"] },
    });
    expect(spec(registered, "mnist-reach")).to.deep.equal({
      podSelector: { matchLabels: selector },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [{ podSelector: {} }, { ipBlock: { cidr: "203.0.113.0/24" } }],
          ports: [{ protocol: "TCP", port: 8080 }],
        },
      ],
      egress: [],
    });
    expect(named(registered, "mnist-namespace").inputs["metadata"]).to.deep.include({
      labels: {
        ...{ "underlay.dev/run": runId, "underlay.dev/owner": "mnist", "app.kubernetes.io/managed-by": "underlay" },
        ...{ "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted" },
      },
    });
  });

  it("asks for what was measured, is probed as its contract says, and drains before it ends", async () => {
    const { value, registered } = await run(() => make("mnist", { image, measured, nodePrice }));
    const pod = podOf(registered, "mnist-deployment");
    const [container] = pod.containers;
    expect(container!["resources"]).to.deep.equal({
      requests: { cpu: "1", memory: "500Mi" },
      limits: { cpu: "1", memory: "1024Mi" },
    });
    expect(container).to.deep.include({
      ...{ image, lifecycle: { preStop: { sleep: { seconds: 5 } } } },
      startupProbe: {
        httpGet: { path: "/readyz", port: "http" },
        periodSeconds: 2,
        failureThreshold: 150,
        timeoutSeconds: 2,
      },
      livenessProbe: {
        httpGet: { path: "/healthz", port: "http" },
        periodSeconds: 10,
        failureThreshold: 3,
        timeoutSeconds: 2,
      },
    });
    expect(container!.env).to.deep.include.members([
      { name: "UNDERLAY_WORKERS", value: "1" },
      { name: "UNDERLAY_THREADS", value: "4" },
    ]);
    expect(pod.terminationGracePeriodSeconds).to.be.at.least(15);
    expect(pod.securityContext).to.deep.include({ runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001 });
    // Two replicas of a quarter of a node at USD 0.2; busy, they answer 50 requests a second.
    expect(await valueOf(value.pricePerHour)).to.deep.include({ value: 0.1, currency: "USD", asOf: "2026-07-20" });
    expect((await valueOf(value.pricePerThousand))!.value).to.be.closeTo(0.1 / (50 * 3.6), 1e-12);
    expect(await valueOf(value.url)).to.equal("http://mnist-service-0123abcd.mnist-namespace-0123abcd.svc");
  });

  it("asks for GPUs on nodes that are kept for them", async () => {
    const { registered } = await run(() => make("mnist", { image, measured, gpus: 1 }));
    const pod = podOf(registered, "mnist-deployment");
    expect(pod.containers[0]!["resources"]).to.deep.equal({
      requests: { cpu: "1", memory: "500Mi", "nvidia.com/gpu": "1" },
      limits: { cpu: "1", memory: "1024Mi", "nvidia.com/gpu": "1" },
    });
    expect(pod).to.deep.include({ tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] });
  });

  it("has everything in its namespace deleted at once, and says what a load balancer is told besides", async () => {
    const annotations = { "example.com/scheme": "internal" };
    const { registered } = await run(() => make("mnist", { image, measured, annotations }));
    const own = registered.filter(({ name, type }) => type.startsWith("kubernetes:") && name.startsWith("mnist-"));
    expect(own).to.have.length.above(4);
    for (const { name, inputs } of own) {
      const given = (inputs["metadata"] as { annotations: Record<string, string> }).annotations;
      expect(given, name).to.include({ "pulumi.com/deletionPropagationPolicy": "background" });
    }
    expect(named(registered, "mnist-service").inputs["metadata"])
      .to.have.property("annotations")
      .that.includes(annotations);
  });

  it("gives its nodes a login at the image's registry, as a secret of its namespace", async () => {
    const login = { username: "puller", password: pulumi.secret("correct horse") };
    const { registered } = await run(() => make("mnist", { image, measured, registryLogin: login }));
    const { inputs } = named(registered, "mnist-registry");
    expect(inputs["type"]).to.equal("kubernetes.io/dockerconfigjson");
    // Secret as a whole, as the engine is told.
    const { value } = inputs["data"] as { readonly value: Readonly<Record<string, string>> };
    const auth = Buffer.from("puller:correct horse").toString("base64");
    expect(JSON.parse(Buffer.from(value[".dockerconfigjson"] ?? "", "base64").toString("utf8"))).to.deep.equal({
      auths: { "registry.example": { auth } },
    });
    expect(podOf(registered, "mnist-deployment")).to.deep.include({
      imagePullSecrets: [{ name: "mnist-registry-0123abcd" }],
    });
    expect(JSON.stringify(named(registered, "mnist-deployment").inputs)).not.to.include(auth);
  });

  it("says why there is no price, and takes sizes of one's own over what was measured", async () => {
    const { value, registered } = await run(() =>
      make("mnist", { image, cpus: 2, memoryMiB: 2048, measured, port: 8443, clients: ["shop"] }),
    );
    const [container] = podOf(registered, "mnist-deployment").containers;
    expect(container!["resources"]).to.deep.include({ requests: { cpu: "2", memory: "2048Mi" } });
    const [price, each] = [await valueOf(value.pricePerHour), await valueOf(value.pricePerThousand)];
    expect(price!.value).to.equal(null);
    expect(price!.reason).to.match(/nodePrice/);
    expect(each!.reason).to.match(/nodePrice/);
    expect(await valueOf(value.url)).to.match(/\.svc:8443$/);
    expect(JSON.stringify(spec(registered, "mnist-reach"))).to.include('{"kubernetes.io/metadata.name":"shop"}');
    const unmeasured = await run(() => make("mnist", { image, cpus: 1, memoryMiB: 512, nodePrice }));
    expect((await valueOf(unmeasured.value.pricePerThousand))!.reason).to.match(/measured/);
  });

  it("passes every policy, and is refused by them once the world may reach it", async () => {
    const closed = await run(() => make("mnist", { image, measured, admits: ["203.0.113.0/24"] }));
    expect(refusals(closed.registered)).to.deep.equal([]);
    const open = await run(() => make("mnist", { image, measured, admits: ["0.0.0.0/0"] }));
    expect(refusals(open.registered)).to.deep.equal(["lets the whole world reach port 80"]);
    expect(refusals(open.registered, { "network-not-open": { openPorts: [80] } })).to.deep.equal([]);
  });

  it("may be made twice, and shows everything in a preview, when nothing is known", async () => {
    const { registered } = await run(
      () => ["one", "two"].map((name) => make(name, { image: pulumi.output(image), measured })),
      true,
    );
    expect(registered.filter(({ type }) => type === "kubernetes:apps/v1:Deployment")).to.have.lengthOf(2);
  });

  for (const [what, args, path] of [
    ["no size and no measurement", {}, "cpus"],
    ["no memory", { cpus: 1 }, "memoryMiB"],
    ["one replica alone", { measured, minimumReplicas: 1 }, "minimumReplicas"],
    ["fewer at most than at least", { measured, minimumReplicas: 4, maximumReplicas: 3 }, "maximumReplicas"],
    ["an address range that is none", { measured, admits: ["everybody"] }, "admits"],
    ["a namespace's name that is none", { measured, clients: ["Shop"] }, "clients"],
    ["no CPU", { cpus: 0, memoryMiB: 512 }, "cpus"],
    ["a part of a GPU", { measured, gpus: 0.5 }, "gpus"],
    ["a port beyond ports", { measured, port: 65_536 }, "port"],
  ] as const) {
    it(`refuses ${what}, naming the argument`, async () => {
      await run(() => {
        try {
          make("mnist", { image, ...args });
        } catch (thrown) {
          const { errors } = thrown as pulumi.InputPropertiesError;
          expect(errors.map(({ propertyPath }) => propertyPath)).to.deep.equal([path]);
          return;
        }
        throw new Error("it was taken");
      });
    });
  }

  it("refuses an image that a tag names", async () => {
    await run(() => {
      expect(errorOf(() => make("mnist", { image: "registry.example/mnist:1.0", measured })).code).to.equal(
        "image-not-pinned",
      );
    });
  });
});
