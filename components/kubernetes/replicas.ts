import { UnderlayError } from "../../measure/error.ts";
import type { ContainerName } from "./pod-template.ts";

/** What the training operator calls a kind of job and its parts. */
export interface OperatorKind {
  readonly kind: "TFJob" | "PyTorchJob";
  /** Property of its `spec` that holds the parts. */
  readonly specs: "tfReplicaSpecs" | "pytorchReplicaSpecs";
  /** Name that the operator knows the training's container by. */
  readonly container: ContainerName;
  /** Part of the role that leads. */
  readonly leader: "Chief" | "Worker";
}

/** The operator's kinds of job, by framework. */
export const operatorKinds: Readonly<Record<"tensorflow" | "pytorch", OperatorKind>> = {
  tensorflow: { kind: "TFJob", specs: "tfReplicaSpecs", container: "tensorflow", leader: "Chief" },
  // Before the workers of a master the operator puts a container that asks for its name by `nslookup`, which no restricted
  // namespace admits. Without a master there is none: our programs are told where the others are.
  pytorch: { kind: "PyTorchJob", specs: "pytorchReplicaSpecs", container: "pytorch", leader: "Worker" },
};

/** Where a role is among the parts of a job. */
export interface Replica {
  readonly role: string;
  /** The operator's name of the part. */
  readonly type: "Chief" | "Worker" | "PS";
  /** Its number among those of the part, from 0. */
  readonly index: number;
}

function typeOf(role: string, { kind, leader }: OperatorKind): Replica["type"] {
  if (role === "chief") {
    return leader;
  }
  if (/^worker-\d+$/.test(role)) {
    return "Worker";
  }
  if (role === "parameter-server" && kind === "TFJob") {
    return "PS";
  }
  const known = kind === "TFJob" ? "chief, worker-N and parameter-server" : "chief and worker-N";
  throw new UnderlayError("role-unknown", `A ${kind} has no part for the role "${role}".`, `It has ${known}.`);
}

/**
 * The parts of an operator's job that roles are, in the roles' order.
 *
 * @throws UnderlayError `role-unknown` for a role that such a job has no part for
 */
export function replicasOf(roles: readonly string[], operator: OperatorKind): Replica[] {
  const counts = new Map<Replica["type"], number>();
  return roles.map((role) => {
    const type = typeOf(role, operator);
    const index = counts.get(type) ?? 0;
    counts.set(type, index + 1);
    return { role, type, index };
  });
}

/** Labels by which the operator tells one pod of a job from the others. */
export function replicaLabels({ type, index }: Replica): Record<string, string> {
  return {
    "training.kubeflow.org/replica-type": type.toLowerCase(),
    "training.kubeflow.org/replica-index": String(index),
  };
}
