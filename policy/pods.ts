import { z } from "zod";
import { resourceRule } from "./rule.ts";

const security = z.object({
  runAsNonRoot: z.boolean().nullish(),
  privileged: z.boolean().nullish(),
  allowPrivilegeEscalation: z.boolean().nullish(),
});
const amounts = z.record(z.string(), z.unknown()).nullish();
const container = z.object({
  name: z.string(),
  image: z.string().nullish(),
  resources: z.object({ requests: amounts, limits: amounts }).nullish(),
  securityContext: security.nullish(),
});
const podSchema = z.object({
  containers: z.array(container),
  initContainers: z.array(container).nullish(),
  securityContext: security.nullish(),
});

/** A container of a pod. */
export type Container = z.output<typeof container>;
/** What a pod is made of. */
export type PodSpec = z.output<typeof podSchema>;

/** Types of resources that have pods in them. */
export const podTypes =
  /^kubernetes:(?:core\/v1:Pod|apps\/v1:(?:Deployment|DaemonSet|StatefulSet|ReplicaSet)|batch\/v1:(?:Job|CronJob)|kubeflow\.org\/v1:\w+)$/;

/** Keys on the way to a pod: nothing beside it is read, since it may not be known in a preview. */
const towardsPod = /^(?:spec|template|jobTemplate|\w+ReplicaSpecs)$/;

/** Every pod that a resource makes, wherever its kind has the template, as it stands there. */
function podObjects(props: unknown, key = "spec"): object[] {
  if (typeof props !== "object" || props === null) return [];
  if ("containers" in props) return [props];
  const replicas = key.endsWith("ReplicaSpecs");
  return Object.keys(props)
    .filter((inner) => replicas || towardsPod.test(inner))
    .flatMap((inner) => podObjects((props as Record<string, unknown>)[inner], inner));
}

/** Every pod that a resource makes. */
export const podsOf = (props: unknown): PodSpec[] => podObjects(props).map((pod) => podSchema.parse(pod));

const variable = z.object({ name: z.string(), value: z.string().nullish() });
const withVariables = z.object({ env: z.array(variable).nullish() });
const podVariables = z.object({
  containers: z.array(withVariables),
  initContainers: z.array(withVariables).nullish(),
});

/** The environment variables of every pod that a resource makes; a preview often does not know them all. */
export function variablesOf(props: unknown): [name: string, value: string][] {
  return podObjects(props)
    .map((pod) => podVariables.parse(pod))
    .flatMap(({ containers, initContainers }) => [...containers, ...(initContainers ?? [])])
    .flatMap(({ env }) => (env ?? []).map(({ name, value }): [string, string] => [name, value ?? ""]));
}

/** All containers of a pod, those that prepare it too. */
export const containersOf = ({ containers, initContainers }: PodSpec): Container[] => [
  ...containers,
  ...(initContainers ?? []),
];

function lacking({ name, resources }: Container): string[] {
  const asked = ["cpu", "memory"].flatMap((what) => [
    ...(resources?.requests?.[what] === undefined ? [`request for ${what}`] : []),
    ...(resources?.limits?.[what] === undefined ? [`limit of ${what}`] : []),
  ]);
  return asked.length === 0 ? [] : [`has a container ${name} without ${asked.join(", ")}`];
}

/** Every container says what it needs and what it may have. */
export const podResources = resourceRule({
  name: "pod-resources",
  description: "Every container of a pod has a request and a limit for CPUs and memory.",
  remedy: "Give resources.requests and resources.limits.",
  types: podTypes,
  config: z.strictObject({}),
  check: ({ props }) => podsOf(props).flatMap((pod) => containersOf(pod).flatMap(lacking)),
});

function rights(pod: PodSpec, one: Container): string[] {
  const { runAsNonRoot, privileged, allowPrivilegeEscalation } = { ...pod.securityContext, ...one.securityContext };
  return [
    ...(privileged === true ? [`has a privileged container ${one.name}`] : []),
    ...(runAsNonRoot === true ? [] : [`has a container ${one.name} that may run as root`]),
    ...(allowPrivilegeEscalation === false ? [] : [`has a container ${one.name} that may gain rights`]),
  ];
}

/** No pod has more rights than it needs. */
export const podRights = resourceRule({
  name: "pod-rights",
  description: "No pod runs as root, is privileged or may gain rights, except the device plugin of GPUs.",
  remedy: "Set runAsNonRoot, and allowPrivilegeEscalation to false; or name the resource in exempt.",
  types: podTypes,
  config: z.strictObject({
    /** Regular expression for the names of resources that need such rights. */
    exempt: z.string().default("device-plugin"),
  }),
  check: ({ name, props }, { exempt }) =>
    new RegExp(exempt).test(name)
      ? []
      : podsOf(props).flatMap((pod) => containersOf(pod).flatMap((one) => rights(pod, one))),
});
