import type * as pulumi from "@pulumi/pulumi";
import { all, output, secret } from "@pulumi/pulumi/output.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import { UnderlayError } from "../../measure/error.ts";
import { registryLogin } from "../../measure/registry-login.ts";
import { perThousand, replicasPerHour, type ServicePrice } from "../../measure/service-price.ts";
import { type KubernetesModelServiceArgs, type Settled, settle } from "./model-service-args.ts";
import { containerPort, servicePod } from "./model-service-pod.ts";
import { deletedAtOnce, identityMetadata } from "./pod-template.ts";

/** The digest that a service's image is named by: a tag may be another image tomorrow. */
function digestOf(image: string): string {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  if (digest !== undefined) return digest;
  throw new UnderlayError(
    "image-not-pinned",
    `image is "${image}", but must name one image for good.`,
    "End it with `@sha256:…`.",
  );
}

/**
 * A model's service on a cluster: replicas behind one address, more of them when they are busy, never fewer than asked for
 * while nodes are emptied, reached by whom it names and reaching nobody.
 */
export class KubernetesModelService extends ComponentResource {
  static readonly type = "underlay:kubernetes:KubernetesModelService";
  /** Base of its addresses, without a slash at the end: `/predict`, `/healthz` and the rest lie below it. */
  readonly url: pulumi.Output<string>;
  /** Digest of the image that it runs. */
  readonly imageDigest: pulumi.Output<string>;
  /** Its namespace. */
  readonly namespace: pulumi.Output<string>;
  /** What the fewest replicas cost for an hour, by their share of nodes; null with a reason where that is not known. */
  readonly pricePerHour: pulumi.Output<ServicePrice>;
  /** What a thousand predictions cost when replicas are busy at the rate that was measured; null with a reason. */
  readonly pricePerThousand: pulumi.Output<ServicePrice>;

  constructor(name: string, args: KubernetesModelServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(KubernetesModelService.type, name, {}, opts);
    const settled = settle(args);
    if (typeof args.image === "string") digestOf(args.image);
    const own = { parent: this, provider: args.cluster.provider };
    // With its namespace everything goes, replicas included: nothing has to wait for what it owns.
    const { labels, annotations } = identityMetadata(args.run, name, deletedAtOnce);
    const level = { enforce: "restricted", warn: "restricted" };
    const rules = Object.fromEntries(
      Object.entries(level).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
    );
    const namespace = new Namespace(
      `${name}-namespace`,
      { metadata: { annotations, labels: { ...labels, ...rules } } },
      own,
    );
    this.namespace = namespace.metadata.name;
    const metadata = { namespace: this.namespace, labels, annotations };
    const selector = { "underlay.dev/service": name };
    deploy(name, args, settled, { metadata, selector, own });
    reach(name, settled, { metadata, selector, own });
    const service = new Service(
      `${name}-service`,
      {
        metadata: { ...metadata, ...identityMetadata(args.run, name, { ...deletedAtOnce, ...args.annotations }) },
        spec: serviceSpec(settled, selector),
      },
      own,
    );
    this.url = urlOf(service, this.namespace, settled);
    this.imageDigest = output(args.image).apply(digestOf);
    const { cpus, minimumReplicas: count, requestedMiB: memoryMiB } = settled;
    const perHour = replicasPerHour(args.nodePrice, { count, cpus, memoryMiB });
    this.pricePerHour = output(perHour);
    this.pricePerThousand = output(perThousand(perHour, count, args.measured?.requestsPerSec));
    const { url, imageDigest, pricePerHour, pricePerThousand } = this;
    this.registerOutputs({ url, imageDigest, namespace: this.namespace, pricePerHour, pricePerThousand });
  }
}

interface Placed {
  readonly metadata: {
    readonly namespace: pulumi.Output<string>;
    readonly labels: Readonly<Record<string, pulumi.Input<string>>>;
    readonly annotations: pulumi.Output<Readonly<Record<string, string>>>;
  };
  readonly selector: Readonly<Record<string, string>>;
  readonly own: pulumi.CustomResourceOptions;
}

/** What nodes log in by at the image's registry. */
function pullSecrets(
  name: string,
  { image, registryLogin: login }: KubernetesModelServiceArgs,
  { metadata, own }: Pick<Placed, "metadata" | "own">,
): pulumi.Output<string>[] {
  if (login === undefined) return [];
  const file = all([image, login.username, login.password]).apply(([of, username, password]) =>
    Buffer.from(registryLogin(of, username, password)).toString("base64"),
  );
  const kept = new Secret(
    `${name}-registry`,
    { metadata, type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": secret(file) } },
    own,
  );
  return [kept.metadata.name];
}

/** Replicas, how many there are, and how few while nodes are emptied. */
function deploy(
  name: string,
  args: KubernetesModelServiceArgs,
  settled: Settled,
  { metadata, selector, own }: Placed,
): void {
  const { minimumReplicas, maximumReplicas, targetUtilisation } = settled;
  const template = servicePod("model", settled, {
    ...{ image: args.image, own: selector, labels: { ...metadata.labels, ...selector }, runId: args.run.runId },
    ...{ pullSecrets: pullSecrets(name, args, { metadata, own }) },
    ...{ nodeSelector: args.nodeSelector ?? {}, coldStartSec: args.measured?.coldStartSec ?? null },
  });
  const deployment = new Deployment(
    `${name}-deployment`,
    {
      metadata,
      // How many replicas there are is the autoscaler's: a number here would be fought over.
      spec: {
        selector: { matchLabels: selector },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template,
      },
    },
    own,
  );
  new HorizontalPodAutoscaler(
    `${name}-autoscaler`,
    {
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
        ...{ minReplicas: minimumReplicas, maxReplicas: maximumReplicas },
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: targetUtilisation } },
          },
        ],
      },
    },
    own,
  );
  new PodDisruptionBudget(
    `${name}-disruption`,
    { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
    own,
  );
}

/** Who reaches it: those that are named, at its port; it reaches nobody. */
function reach(name: string, { admits, clients }: Settled, { metadata, selector, own }: Placed): void {
  const namespaces = clients.map((client) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": client } },
  }));
  const from = [{ podSelector: {} }, ...namespaces, ...admits.map((cidr) => ({ ipBlock: { cidr } }))];
  new NetworkPolicy(
    `${name}-reach`,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from, ports: [{ protocol: "TCP", port: containerPort }] }],
        egress: [],
      },
    },
    own,
  );
}

function serviceSpec({ admits, port }: Settled, selector: Readonly<Record<string, string>>) {
  const ports = [{ name: "http", port, targetPort: "http" }];
  return admits.length === 0
    ? { type: "ClusterIP", selector, ports }
    : {
        // Without the way over other nodes the sender's address stays, which the network policy goes by.
        ...{ type: "LoadBalancer", selector, ports, externalTrafficPolicy: "Local" },
        loadBalancerSourceRanges: [...admits],
      };
}

function urlOf(service: Service, namespace: pulumi.Output<string>, { admits, port }: Settled): pulumi.Output<string> {
  const suffix = port === 80 ? "" : `:${String(port)}`;
  if (admits.length === 0) {
    return output([service.metadata.name, namespace]).apply(
      ([own, space]) => `http://${own ?? ""}.${space ?? ""}.svc${suffix}`,
    );
  }
  return service.status.apply(({ loadBalancer }) => {
    const [entry] = loadBalancer.ingress;
    return `http://${entry?.hostname ?? entry?.ip ?? ""}${suffix}`;
  });
}
