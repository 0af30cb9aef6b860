import { UnderlayError } from "../../measure/error.ts";

/** Something on a target that carries a run's id, by label, tag or metadata. */
export interface Tagged {
  /** Such as `namespace` or `server`. */
  readonly kind: string;
  readonly runId: string;
  /** How its target knows it. */
  readonly id: string;
  readonly name: string;
  /** Until when it may stand (ISO 8601); null where it does not say. */
  readonly expires: string | null;
}

/** Where things of runs may be left, apart from this machine. */
export interface Target {
  /** All that carries the id of some run. */
  list(): Promise<Tagged[]>;
  /** Removes one; what is gone already is no error. */
  remove(one: Tagged): Promise<void>;
}

/** Targets apart from this machine, by name. */
export const targetNames = ["kubernetes", "openstack", "aws"] as const;
/** A target apart from this machine. */
export type TargetName = (typeof targetNames)[number];

/**
 * The error of a target whose own command line is missing or refuses.
 *
 * @param name of the target
 * @param message what was said
 */
export function unreachable(name: TargetName, message: string): UnderlayError {
  const fixes: Readonly<Record<TargetName, string>> = {
    kubernetes: "Put kubectl on PATH, and let KUBECONFIG name the cluster.",
    openstack: "Load your cloud's openrc file.",
    aws: "Put the AWS CLI on PATH, and log in, such as by AWS_PROFILE.",
  };
  return new UnderlayError(`${name}-unreachable`, `The target ${name} cannot be asked: ${message}`, fixes[name]);
}
