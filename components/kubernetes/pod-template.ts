import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { all } from "@pulumi/pulumi/output.js";
import { UnderlayError } from "../../measure/error.ts";
import type { Run } from "../../provider/resources.ts";

type Volume = types.input.core.v1.Volume;
type VolumeMount = types.input.core.v1.VolumeMount;

/** Labels by which everything of a run is found in a cluster. */
export function identityLabels(runId: pulumi.Input<string>, owner: string): Record<string, pulumi.Input<string>> {
  return { "underlay.dev/run": runId, "underlay.dev/owner": owner, "app.kubernetes.io/managed-by": "underlay" };
}

/**
 * What everything of a run says of itself in a cluster: labels that it is found by, and until when it may stand.
 *
 * @param run the run
 * @param owner name of the component
 * @param annotations further ones
 */
export function identityMetadata(
  run: Run,
  owner: string,
  annotations: Readonly<Record<string, pulumi.Input<string>>> = {},
) {
  return {
    labels: identityLabels(run.runId, owner),
    annotations: all([annotations, run.expires]).apply(([own, expires]) =>
      expires === undefined ? own : { ...own, "underlay.dev/expires": expires },
    ),
  };
}

/**
 * An annotation for what owns nothing that would have to go before it. Deleted as others are, it stands for another moment,
 * and when that ends between the provider's look and its watch, the provider waits for ten minutes.
 */
export const deletedAtOnce = { "pulumi.com/deletionPropagationPolicy": "background" };

/** How long the provider may wait in that way for a job, whose pods go before it; then it looks once more. */
export const jobTimeouts: pulumi.CustomTimeouts = { delete: "2m" };

/** A claim on a volume of the cluster that pods see, read only. */
export interface ClaimedVolume {
  /** Name of a PersistentVolumeClaim in the pods' namespace. */
  readonly claim: string;
  /** Absolute path inside the pod, below `/data`. */
  readonly target: string;
}

/** What every pod is made from, whoever makes it. */
export interface PodShape {
  readonly image: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly network: "cluster" | "host";
  readonly runtimeClass: string | undefined;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly volumes: readonly ClaimedVolume[];
  /** How the pods lie to each other: each on a node of its own, all on one, or as it comes. */
  readonly placement: "apart" | "together" | "any";
  /** Size of the scratch folder, in MiB. */
  readonly scratchMiB: number;
}

/** Name of the container that is entered. */
export type ContainerName = "trainer" | "tensorflow" | "pytorch";

/** What one pod is beside its shape. */
export interface PodPart {
  readonly container: ContainerName;
  readonly runId: pulumi.Input<string>;
  readonly owner: string;
  /** Labels that all pods of its group have, by which they find each other's nodes. */
  readonly group: Readonly<Record<string, pulumi.Input<string>>>;
  /** Labels of this pod. */
  readonly labels: Readonly<Record<string, pulumi.Input<string>>>;
  readonly command: readonly string[];
  /** Further volumes, by the path that they are seen at. @default none */
  readonly mounts?: Readonly<Record<string, Omit<Volume, "name">>>;
}

/**
 * Refuses an image whose name may be another's tomorrow.
 *
 * @throws UnderlayError `image-not-pinned`
 */
export function mustBePinned(image: string): void {
  const name = image.split("@")[0]?.split("/").at(-1) ?? "";
  const tag = name.split(":")[1] ?? "";
  if (!/@sha256:[0-9a-f]{64}$/.test(image) && (tag === "" || tag === "latest")) {
    throw new UnderlayError(
      "image-not-pinned",
      `image is "${image}", but must name one image for good.`,
      "End it with `@sha256:…`, or with a tag other than `latest`.",
    );
  }
}

function affinity({ placement }: PodShape, group: PodPart["group"]): types.input.core.v1.Affinity | undefined {
  const term = [{ labelSelector: { matchLabels: group }, topologyKey: "kubernetes.io/hostname" }];
  switch (placement) {
    case "any":
      return undefined;
    case "apart":
      return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term } };
    case "together":
      return { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term } };
  }
}

/** What a container may have, and not one bit more: requests are the limits, so that its class is `Guaranteed`. */
function resourcesOf({ cpus, memoryMiB, gpus }: PodShape): types.input.core.v1.ResourceRequirements {
  const limits = {
    cpu: String(cpus),
    memory: `${String(memoryMiB)}Mi`,
    ...(gpus === 0 ? {} : { "nvidia.com/gpu": String(gpus) }),
  };
  return { requests: limits, limits };
}

/** `nobody`, who owns no file of the image. */
const user = 65_534;

function volumesOf(shape: PodShape, mounts: NonNullable<PodPart["mounts"]>): [Volume, VolumeMount][] {
  const scratch = { name: "scratch", emptyDir: { sizeLimit: `${String(shape.scratchMiB)}Mi` } };
  return [
    [scratch, { name: "scratch", mountPath: "/tmp" }],
    ...Object.entries(mounts).map(([mountPath, source], index): [Volume, VolumeMount] => {
      const name = `given-${String(index)}`;
      return [
        { name, ...source },
        { name, mountPath, readOnly: true },
      ];
    }),
    ...shape.volumes.map(({ claim, target }, index): [Volume, VolumeMount] => {
      const name = `data-${String(index)}`;
      const source = { persistentVolumeClaim: { claimName: claim, readOnly: true } };
      return [
        { name, ...source },
        { name, mountPath: target, readOnly: true },
      ];
    }),
  ];
}

/**
 * A pod: no privilege, no root, no capability, no account of the cluster's, a root file system that nobody writes to, the
 * runtime's own filter of system calls.
 */
export function podTemplate(shape: PodShape, part: PodPart) {
  const { runId, owner, group, labels, container, command, mounts = {} } = part;
  const volumes = volumesOf(shape, mounts);
  const onHost = shape.network === "host";
  const placed = affinity(shape, group);
  return {
    metadata: { labels: { ...identityLabels(runId, owner), ...group, ...labels } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      hostNetwork: onHost,
      dnsPolicy: onHost ? "ClusterFirstWithHostNet" : "ClusterFirst",
      nodeSelector: { "kubernetes.io/os": "linux", ...shape.nodeSelector },
      ...(shape.runtimeClass === undefined ? {} : { runtimeClassName: shape.runtimeClass }),
      ...(shape.gpus === 0
        ? {}
        : { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] }),
      ...(placed === undefined ? {} : { affinity: placed }),
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user },
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: container,
          image: shape.image,
          imagePullPolicy: "IfNotPresent",
          command: [...command],
          env: [
            { name: "HOME", value: "/tmp" },
            { name: "UNDERLAY_RUN", value: runId },
            { name: "UNDERLAY_OWNER", value: owner },
          ],
          resources: resourcesOf(shape),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: volumes.map(([, mount]) => mount),
        },
      ],
      volumes: volumes.map(([volume]) => volume),
    },
  };
}
