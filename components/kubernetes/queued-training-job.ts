import type * as pulumi from "@pulumi/pulumi";
import { InputPropertyError } from "@pulumi/pulumi/errors.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import type { Results } from "../../measure/results.ts";
import { queuedFiles } from "../../provider/kubernetes/queued-files.ts";
import { QueuedMeasurement } from "../../provider/kubernetes/resources.ts";
import type { Plan, Run } from "../../provider/resources.ts";
import type { KubernetesCluster } from "./kubernetes-cluster.ts";
import {
  deletedAtOnce,
  identityMetadata,
  jobTimeouts,
  mustBePinned,
  podTemplate,
  type PodShape,
} from "./pod-template.ts";
import type { TrainingNamespace } from "./training-namespace.ts";

/** Arguments of a {@link QueuedTrainingJob}. */
export interface QueuedTrainingJobArgs {
  /** The run that the job belongs to. */
  readonly run: Run;
  /** The cluster that it is put on. */
  readonly cluster: KubernetesCluster;
  /** Namespace of its pod. */
  readonly namespace: TrainingNamespace;
  /** Image of the shared root: with a digest, or a tag other than `latest`. */
  readonly image: string;
  /** What is run and measured: a plan of one role. */
  readonly plan: Plan;
  /** CPUs, request and limit: at least 1. @default 1 */
  readonly cpus?: number;
  /** Memory, in MiB, request and limit: at least 64. @default 3072 */
  readonly memoryMiB?: number;
  /** NVIDIA GPUs. @default 0 */
  readonly gpus?: number;
  /** RuntimeClass of the pod, such as `nvidia`. @default the nodes' own */
  readonly runtimeClass?: string;
  /** Labels that its node must have. @default none but Linux */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Longest time from its beginning to its end, waiting included, in seconds: 1 to 604800. @default 86400 */
  readonly timeoutSec?: number;
  /** How long a trouble may last, in seconds, such as that there is no room yet. @default 86400: it is a queue */
  readonly graceSec?: number;
  /** Folder for the record. @default "out/records", from the project's folder */
  readonly recordDirectory?: string;
}

/** Files as a ConfigMap has them: its keys have no folders, the paths that they are seen at have. */
function keyed(files: Readonly<Record<string, string>>) {
  const entries = Object.entries(files).map(([path, text], index) => ({ key: `file-${String(index)}`, path, text }));
  return {
    data: Object.fromEntries(entries.map(({ key, text }) => [key, text])),
    items: entries.map(({ key, path }) => ({ key, path })),
  };
}

/**
 * A training that waits for its turn and follows a fixed plan, for clusters that let nobody in: a Job whose pod is given
 * the program and all that it is told, and whose log is fetched, hashed and turned into a record. The record says that it
 * was queued.
 */
export class QueuedTrainingJob extends ComponentResource {
  static readonly type = "underlay:kubernetes:QueuedTrainingJob";
  /** Throughput and elapsed time, of this environment alone. */
  readonly results: pulumi.Output<Results>;

  constructor(name: string, args: QueuedTrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super(QueuedTrainingJob.type, name, {}, opts);
    const { run, cluster, namespace, image, plan, cpus = 1, memoryMiB = 3072, gpus = 0 } = args;
    mustBePinned(image);
    if ((plan.companions ?? []).length > 0) {
      throw new InputPropertyError({
        propertyPath: "plan",
        reason: "must be of one role: nobody keeps several in step",
      });
    }
    const { places, command } = queuedFiles(plan, cluster.environment);
    const own = { parent: this, provider: cluster.provider };
    const metadata = { namespace: namespace.namespace, ...identityMetadata(run, name, deletedAtOnce) };
    const mounts = Object.entries(places).map(([place, files], index) => {
      const { data, items } = keyed(files);
      const map = new ConfigMap(`${name}-files-${String(index)}`, { metadata, data, immutable: true }, own);
      return [place, { configMap: { name: map.metadata.name, items } }];
    });
    const shape: PodShape = {
      ...{ image, cpus, memoryMiB, gpus, scratchMiB: 1024, runtimeClass: args.runtimeClass },
      network: "cluster",
      nodeSelector: args.nodeSelector ?? {},
      volumes: [],
      placement: "any",
    };
    const group = { "underlay.dev/run": run.runId, "underlay.dev/job": name };
    const container = "trainer";
    const template = podTemplate(shape, {
      ...{ container, runId: run.runId, owner: name, group, labels: {}, command },
      mounts: Object.fromEntries(mounts) as Record<string, object>,
    });
    const job = new Job(
      `${name}-job`,
      {
        metadata: { ...metadata, ...identityMetadata(run, name, { "pulumi.com/skipAwait": "true" }) },
        // What was measured once is not measured again by itself.
        spec: {
          backoffLimit: 0,
          template: { metadata: template.metadata, spec: { ...template.spec, restartPolicy: "Never" } },
        },
      },
      { ...own, deleteBeforeReplace: true, customTimeouts: jobTimeouts },
    );
    const measurement = new QueuedMeasurement(
      `${name}-measurement`,
      {
        ...{ runId: run.runId, environment: cluster.environment, kubeconfig: cluster.kubeconfig, container },
        ...{ namespace: namespace.namespace, owner: { kind: "Job", name: job.metadata.name } },
        ...{ selector: { ...group, "batch.kubernetes.io/job-name": job.metadata.name }, cpus, memoryMiB, plan },
        ...{ timeoutSec: args.timeoutSec, graceSec: args.graceSec ?? 86_400 },
        recordDirectory: args.recordDirectory ?? "out/records",
      },
      { parent: this },
    );
    this.results = measurement.results;
    this.registerOutputs({ results: this.results });
  }
}
