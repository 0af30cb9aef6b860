import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { PodAccess } from "../../provider/kubernetes/resources.ts";
import type { Run } from "../../provider/resources.ts";
import type { Host } from "../host.ts";
import type { KubernetesCluster } from "./kubernetes-cluster.ts";
import {
  type ClaimedVolume,
  type ContainerName,
  identityMetadata,
  jobTimeouts,
  mustBePinned,
  podTemplate,
  type PodShape,
} from "./pod-template.ts";
import { operatorKinds, replicaLabels, replicasOf } from "./replicas.ts";
import type { TrainingNamespace } from "./training-namespace.ts";
import type { TrainingOperator } from "./training-operator.ts";

/** Arguments of a {@link TrainingJob}. */
export interface TrainingJobArgs {
  /** The run that the job belongs to. */
  readonly run: Run;
  /** The cluster that it is put on. */
  readonly cluster: KubernetesCluster;
  /** Namespace of its pods. */
  readonly namespace: TrainingNamespace;
  /** Image of the shared root, as the cluster's nodes pull it: with a digest, or a tag other than `latest`. */
  readonly image: string;
  /** Roles of the workload, the one that leads first: each is a pod. */
  readonly roles: readonly [string, ...string[]];
  /**
   * How the pods belong together. `alone`: one Job each, wherever there is room; `beside`: one Job each, all on one node;
   * `distributed`: one TFJob or PyTorchJob, each pod on a node of its own unless `placement` says otherwise.
   * @default "alone"
   */
  readonly kind?: "alone" | "beside" | "distributed";
  /** Which kind of job the training operator makes, where it makes it. @default "tensorflow" */
  readonly framework?: "tensorflow" | "pytorch";
  /** The training operator, where it comes with the same stack. @default the cluster has it already */
  readonly operator?: TrainingOperator;
  /** Whether pods of a `distributed` job lie on nodes of their own (`apart`) or as it comes (`any`). @default "apart" */
  readonly placement?: "apart" | "any";
  /** CPUs of each pod, request and limit: at least 1. @default 1 */
  readonly cpus?: number;
  /** Memory of each pod, in MiB, request and limit: at least 64. @default 3072 */
  readonly memoryMiB?: number;
  /** NVIDIA GPUs of each pod; a parameter server gets none. @default 0 */
  readonly gpus?: number;
  /** Scratch space of each pod, in MiB. @default 1024 */
  readonly scratchMiB?: number;
  /** The network that pods find each other on: that of the cluster, or that of their nodes. @default "cluster" */
  readonly network?: "cluster" | "host";
  /** RuntimeClass of the pods, such as `nvidia`. @default the nodes' own */
  readonly runtimeClass?: string;
  /** Labels that nodes must have. @default none but Linux */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Claimed volumes that the pods see. @default none */
  readonly volumes?: readonly ClaimedVolume[];
  /** Longest time until all pods are ready, in seconds: 1 to 86400. @default 600 */
  readonly readyTimeoutSec?: number;
  /** How long a cluster may say that it cannot have a pod, in seconds, before that is an error. @default 30 */
  readonly graceSec?: number;
}

/** A pod that sessions run in. */
class PodHost implements Host {
  readonly environment: KubernetesCluster["environment"];
  readonly connection: Host["connection"];
  readonly facts: Host["facts"];
  readonly containerConnection = undefined;
  readonly attachment: Host["attachment"];

  constructor(environment: KubernetesCluster["environment"], access: PodAccess, shares: boolean) {
    this.environment = environment;
    this.connection = access.connection;
    this.facts = access.facts;
    this.attachment = shares ? (access.attachment as NonNullable<Host["attachment"]>) : undefined;
  }
}

/** The pod of a role, as the API finds it. */
interface Standing {
  readonly role: string;
  readonly owner: { readonly kind: string; readonly name: pulumi.Input<string> };
  readonly selector: Readonly<Record<string, pulumi.Input<string>>>;
  readonly container: ContainerName;
}

/** The host waits for its pod by itself, and says what is wrong; its controller need not be waited for. */
const annotations = { "pulumi.com/skipAwait": "true" };
const sleeping = ["sleep", "infinity"];
const roleLabel = "underlay.dev/role";
const jobLabel = "underlay.dev/job";

/**
 * Pods that a training's programs are started in, as Kubernetes' own controllers make them: a Job for each role that
 * stands alone, a TFJob or PyTorchJob of the training operator for those that train together. They sleep; each is a
 * {@link Host}, entered by `kubectl exec`.
 */
export class TrainingJob extends ComponentResource {
  static readonly type = "underlay:kubernetes:TrainingJob";
  /** A host for each role, in their order. */
  readonly hosts: readonly [Host, ...Host[]];
  readonly #name: string;
  readonly #args: TrainingJobArgs;

  constructor(name: string, args: TrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TrainingJob.type, name, {}, opts);
    mustBePinned(args.image);
    this.#name = name;
    this.#args = args;
    const standing = args.kind === "distributed" ? this.#operated() : args.roles.map((role) => this.#job(role));
    const [leader, ...others] = standing.map((each) => this.#host(each, standing.length > 1));
    this.hosts = [leader as Host, ...others];
    this.registerOutputs({});
  }

  #shape(role: string): PodShape {
    const { kind, placement, image, cpus, memoryMiB, gpus, network, scratchMiB, nodeSelector, volumes } = this.#args;
    return {
      ...{ image, cpus: cpus ?? 1, memoryMiB: memoryMiB ?? 3072, scratchMiB: scratchMiB ?? 1024 },
      gpus: role === "parameter-server" ? 0 : (gpus ?? 0),
      network: network ?? "cluster",
      runtimeClass: this.#args.runtimeClass,
      nodeSelector: nodeSelector ?? {},
      volumes: volumes ?? [],
      placement: kind === "beside" ? "together" : kind === "distributed" ? (placement ?? "apart") : "any",
    };
  }

  /** Of a part that several roles are, no role's label. */
  #template(role: string, container: ContainerName, labels: Readonly<Record<string, string>> = { [roleLabel]: role }) {
    const { runId } = this.#args.run;
    const group = { "underlay.dev/run": runId, [jobLabel]: this.#name };
    const part = { container, runId, owner: this.#name, group, labels, command: sleeping };
    return podTemplate(this.#shape(role), part);
  }

  #metadata() {
    const { run, namespace } = this.#args;
    return { namespace: namespace.namespace, ...identityMetadata(run, this.#name, annotations) };
  }

  /** A role that stands alone: a Job, which makes the pod again where its node is lost. */
  #job(role: string): Standing {
    const container = "trainer";
    const { metadata, spec } = this.#template(role, container);
    const job = new Job(
      `${this.#name}-${role}`,
      {
        metadata: this.#metadata(),
        spec: { backoffLimit: 3, template: { metadata, spec: { ...spec, restartPolicy: "Never" } } },
      },
      // The pods of both would not fit at once.
      { parent: this, provider: this.#args.cluster.provider, deleteBeforeReplace: true, customTimeouts: jobTimeouts },
    );
    const { runId } = this.#args.run;
    const selector = { "underlay.dev/run": runId, [jobLabel]: this.#name, [roleLabel]: role };
    return { role, owner: { kind: "Job", name: job.metadata.name }, selector, container };
  }

  /** Roles that train together: one job of the training operator. */
  #operated(): Standing[] {
    const { roles, framework = "tensorflow", operator, cluster } = this.#args;
    const own = operatorKinds[framework];
    const replicas = replicasOf(roles, own);
    const types = [...new Set(replicas.map(({ type }) => type))];
    const specs = types.map((type) => {
      const members = replicas.filter((replica) => replica.type === type);
      const template = this.#template(members[0]?.role ?? "", own.container, {});
      return [type, { replicas: members.length, restartPolicy: "OnFailure", template }] as const;
    });
    const job = new CustomResource(
      `${this.#name}-job`,
      {
        apiVersion: "kubeflow.org/v1",
        kind: own.kind,
        metadata: this.#metadata(),
        // A parameter server never ends by itself: whatever still runs goes with the job.
        spec: { runPolicy: { cleanPodPolicy: "All", backoffLimit: 3 }, [own.specs]: Object.fromEntries(specs) },
      },
      {
        parent: this,
        provider: cluster.provider,
        dependsOn: operator === undefined ? [] : [operator],
        // The operator makes no pod anew for a job that changes.
        replaceOnChanges: ["spec"],
        deleteBeforeReplace: true,
        customTimeouts: jobTimeouts,
      },
    );
    return replicas.map((replica) => ({
      role: replica.role,
      owner: { kind: own.kind, name: job.metadata.name },
      selector: { "training.kubeflow.org/job-name": job.metadata.name, ...replicaLabels(replica) },
      container: own.container,
    }));
  }

  #host({ role, ...standing }: Standing, isOneOfSeveral: boolean): Host {
    const { run, cluster, namespace, readyTimeoutSec, graceSec, network = "cluster", kind } = this.#args;
    const { cpus, memoryMiB } = this.#shape(role);
    const shares = isOneOfSeveral && kind === "distributed";
    const access = new PodAccess(
      `${this.#name}-${role}-pod`,
      {
        ...standing,
        ...{ runId: run.runId, environment: cluster.environment, kubeconfig: cluster.kubeconfig },
        ...{ namespace: namespace.namespace, cpus, memoryMiB, readyTimeoutSec, graceSec },
        ...(shares && { network: { name: this.#name, hostName: role, overlay: network } }),
      },
      { parent: this },
    );
    return new PodHost(cluster.environment, access, shares);
  }
}
