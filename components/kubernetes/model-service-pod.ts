import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Settled } from "./model-service-args.ts";

/** Port that a service listens at in its container. */
export const containerPort = 8080;
/** User and group that it runs as. */
const user = 10_001;
/** Longest time in which a replica drains, in seconds; and the time before it in which it still gets requests. */
const [drainSec, settleSec] = [10, 5];
/** Seconds between two looks at a replica that starts. */
const startPeriodSec = 2;

/** What its pods are made of. */
export interface ServicePod {
  readonly image: pulumi.Input<string>;
  /** Secrets by which nodes get the image. */
  readonly pullSecrets: readonly pulumi.Input<string>[];
  readonly labels: Readonly<Record<string, pulumi.Input<string>>>;
  /** Labels that all its replicas have, and no other pod. */
  readonly own: Readonly<Record<string, pulumi.Input<string>>>;
  readonly runId: pulumi.Input<string>;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Measured time until it is ready, in seconds; null where nobody measured it. */
  readonly coldStartSec: number | null;
}

const probe = (path: string, periodSeconds: number, failureThreshold: number): types.input.core.v1.Probe => {
  return { httpGet: { path, port: "http" }, periodSeconds, failureThreshold, timeoutSeconds: 2 };
};

function container(name: string, settled: Settled, { image, runId, coldStartSec }: ServicePod) {
  const { cpus, memoryMiB, requestedMiB, gpus, workers, threads } = settled;
  const devices = gpus === 0 ? {} : { "nvidia.com/gpu": String(gpus) };
  // Ten times what was measured, or two minutes: a node that is new has to get the image's pages from its disk first.
  const patience = Math.ceil(Math.max(120, 10 * (coldStartSec ?? 0)) / startPeriodSec);
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    ports: [{ name: "http", containerPort }],
    env: [
      { name: "UNDERLAY_WORKERS", value: String(workers) },
      { name: "UNDERLAY_THREADS", value: String(threads) },
      { name: "UNDERLAY_RUN", value: runId },
    ],
    resources: {
      requests: { cpu: String(cpus), memory: `${String(requestedMiB)}Mi`, ...devices },
      limits: { cpu: String(cpus), memory: `${String(memoryMiB)}Mi`, ...devices },
    },
    startupProbe: probe("/readyz", startPeriodSec, patience),
    readinessProbe: probe("/readyz", 5, 2),
    livenessProbe: probe("/healthz", 10, 3),
    // Endpoints are taken away while the pod is told to end: until all have heard of it, it goes on answering.
    lifecycle: { preStop: { sleep: { seconds: settleSec } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "scratch", mountPath: "/tmp" }],
  };
}

/** A replica's pod: no root, a root file system that is read only, no account of the cluster's, no privilege to gain. */
export function servicePod(name: string, settled: Settled, pod: ServicePod) {
  return {
    metadata: { labels: pod.labels },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(pod.pullSecrets.length === 0
        ? {}
        : { imagePullSecrets: pod.pullSecrets.map((secret) => ({ name: secret })) }),
      ...(settled.gpus === 0
        ? {}
        : { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] }),
      terminationGracePeriodSeconds: settleSec + drainSec + 5,
      nodeSelector: { "kubernetes.io/os": "linux", ...pod.nodeSelector },
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user },
        seccompProfile: { type: "RuntimeDefault" },
      },
      topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        ...{ topologyKey, maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" },
        labelSelector: { matchLabels: pod.own },
      })),
      containers: [container(name, settled, pod)],
      volumes: [{ name: "scratch", emptyDir: { sizeLimit: "1Gi" } }],
    },
  };
}
