/** An engine of the tests' own: it makes nothing, and remembers what it was asked for. */
import * as pulumi from "@pulumi/pulumi";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import { resourceTypes } from "../../provider/resource-types.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import { serviceImage } from "../fixtures/service-image.ts";
import { packageFacts } from "../fixtures/function/package.ts";
import { epochRecord, optimisedOutcome } from "../fixtures/optimised.ts";
import { factsOf } from "../fixtures/report/fixture.ts";
import { endpointFacts } from "../fixtures/serving.ts";

/** A resource that a program registered. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Type and name of its parent; null directly below the stack. */
  readonly parent: string | null;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of the resources that are made before it and deleted after it, in order. */
  readonly dependencies: readonly string[];
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
}
interface Monitor {
  registerResource(request: Request, callback: unknown): Promise<void>;
}

/** The id that the engine gives to the run of these tests. */
export const runId = "r000000001";

/** How the engine says that a sandbox is entered. */
export function connectionOf(name: string) {
  return { hops: [{ argv: ["enter", name], shell: false }] };
}

/** What the engine gives for a network's link. */
export function linkOf({ runId: _runId, ...shape }: Readonly<Record<string, unknown>>) {
  return { rateMbitPerSec: 1000, latencyMs: 0, ...shape };
}

/** How the engine says that a sandbox takes part in its network. */
export function attachmentOf(name: string) {
  return { network: "lan-network", hostName: name, device: "eth0" };
}

/** What the engine gives for the results of a measurement. */
export const results = { schemaVersion: 1, runId, status: "complete" };

/** What AWS would give besides, as far as components go on with it. */
function awsOutputs(name: string, given: Record<string, unknown>): Record<string, unknown> {
  const made = { name, bucket: name, arn: `arn:${name}`, version: "7", versionId: "v1" };
  const cluster = {
    arn: `arn:aws:eks:eu-west-1:1:cluster/${name}`,
    endpoint: `https://${name}.test`,
    certificateAuthority: { data: "Q0E=" },
  };
  const more = name.endsWith("-cluster")
    ? cluster
    : { repositoryUrl: `registry.test/${name}`, url: `https://${name}.test` };
  return {
    ...made,
    executionArn: `execute:${name}`,
    apiEndpoint: `https://${name}.test`,
    ...more,
    latestVersion: 1,
    ...given,
  };
}

/** What the engine gives for a function's front. */
export const frontOutputs = {
  url: "http://127.0.0.1:8080",
  facts: endpointFacts(512),
  control: { socket: "/tmp/control", log: "/state/function.log" },
};

/** What the engine gives for a host, however it is entered. */
function hostOutputs(name: string, given: Given): Given {
  const attachment = given["network"] === undefined ? {} : { attachment: attachmentOf(name) };
  const facts = factsOf(given["environment"] as EnvironmentName);
  return { connection: connectionOf(name), facts, ...attachment };
}

type Given = Record<string, unknown>;

/** What our own provider gives besides the inputs, by the type of the resource. */
const ownOutputs: Readonly<Record<string, (name: string, given: Given) => Given>> = {
  [resourceTypes.run]: () => ({ runId }),
  [resourceTypes.network]: (_name, given) => ({ link: linkOf(given) }),
  [resourceTypes.sandbox]: hostOutputs,
  [resourceTypes.podAccess]: hostOutputs,
  [resourceTypes.sshHost]: hostOutputs,
  [resourceTypes.hostPreparation]: (name, given) => ({ connection: connectionOf(name), facts: given["onFacts"] }),
  [resourceTypes.remoteContainer]: (name, given) => ({
    ...hostOutputs(name, given),
    ...(given["onAttachment"] === undefined ? {} : { attachment: attachmentOf(name) }),
  }),
  [resourceTypes.functionPackage]: () => ({ archive: packageFacts }),
  [resourceTypes.functionFront]: () => frontOutputs,
  [resourceTypes.serviceImage]: () => ({ image: serviceImage }),
  [resourceTypes.serviceFunction]: () => ({ archive: packageFacts }),
  [resourceTypes.serviceContainer]: () => ({ url: frontOutputs.url, facts: frontOutputs.facts, coldStartSec: 2 }),
  [resourceTypes.imagePush]: (_name, given) => ({ pushed: `${String(given["target"])}@${serviceImage.digest}` }),
  [resourceTypes.slurm]: (name) => ({ connection: connectionOf(name) }),
  [resourceTypes.batchJob]: (name) => ({ jobId: `job of ${name}` }),
  [resourceTypes.containerImage]: () => ({ image: optimisedOutcome([]).images[0] }),
  [resourceTypes.epochTraining]: (name) => ({
    training: epochRecord([3, 2, 2, 2]),
    stored: { path: `/records/${name}.json`, sha256: "0".repeat(64) },
  }),
  [resourceTypes.measurement]: () => ({ results }),
  [resourceTypes.queuedMeasurement]: () => ({ results }),
  [resourceTypes.sshKey]: (name, given) => ({
    publicKey: `ssh-ed25519 AAAA${name} ${String(given["comment"])}`,
    privateKey: `private ${name}`,
  }),
  [resourceTypes.ironicNodeEnrolment]: (name) => ({ nodeId: `${name}-node`, provisionState: "available" }),
  [resourceTypes.computePassthrough]: (_name, given) => ({
    cards: [{ address: "0000:17:00.0", driver: "vfio-pci" }],
    aliases: [`{"name":"${String(given["alias"])}"}`],
    rebootNeeded: true,
  }),
};

function outputsOf({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Given {
  const given = inputs as Given;
  const own = ownOutputs[type];
  if (own !== undefined) return { ...given, ...own(name, given) };
  if (type.startsWith("aws:")) return awsOutputs(name, given);
  return { ...openstackOutputs(type, name), ...given, ...kubernetesOutputs(type, name, given) };
}

/** What the OpenStack provider adds to the inputs of its resources, as far as components look at it. */
function openstackOutputs(type: string, name: string): Record<string, unknown> {
  if (!type.startsWith("openstack:")) {
    return {};
  }
  const kubeconfig = { raw_config: `kubeconfig of ${name}` };
  return { name: `${name}-name`, accessIpV4: `address of ${name}`, apiAddress: `https://${name}:6443`, kubeconfig };
}

/** What the Kubernetes provider adds to them. */
function kubernetesOutputs(type: string, name: string, given: Record<string, unknown>): Record<string, unknown> {
  if (!type.startsWith("kubernetes:")) return {};
  const metadata = { ...(given["metadata"] as object), name: `${name}-0123abcd` };
  return { metadata, status: { loadBalancer: { ingress: [{ hostname: `${name}.test` }] } } };
}

const nameOf = (urn: string): string => urn.split("::")[3] ?? "";

function placeOf(urn: string): string | null {
  const [, , types] = urn.split("::");
  return types === undefined ? null : `${types.split("$").at(-1) ?? ""} ${nameOf(urn)}`;
}

/** What a program gave back, and what it registered. */
export interface Outcome<T> {
  readonly value: T;
  readonly registered: readonly Registered[];
}

/**
 * Runs a program under the engine, until it has answered everything.
 *
 * @param program What is run, as in an index.ts; waited for.
 * @param preview Whether nothing is made, so that no output is known.
 */
export async function run<T>(program: () => T, preview = false): Promise<Outcome<Awaited<T>>> {
  const registered: Registered[] = [];
  const inputsOf = new Map<string, Record<string, unknown>>();
  const mocks: pulumi.runtime.Mocks = {
    newResource: (args) => {
      inputsOf.set(`${args.type} ${args.name}`, args.inputs as Record<string, unknown>);
      return preview ? { id: undefined, state: {} } : { id: `${args.name}-id`, state: outputsOf(args) };
    },
    call: () => {
      throw new Error("no stack calls a function of a provider");
    },
  };
  await pulumi.runtime.setMocks(mocks, "underlay", "test", preview);
  const monitor = getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, callback) => {
    await register(request, callback);
    const [type, name] = [request.getType(), request.getName()];
    registered.push({
      type,
      name,
      parent: placeOf(request.getParent()),
      inputs: inputsOf.get(`${type} ${name}`) ?? {},
      dependencies: request.getDependenciesList().map(nameOf).sort(),
    });
  };
  try {
    const value = await program();
    return { value, registered };
  } finally {
    await pulumi.runtime.disconnect();
  }
}

/** The value of an output; undefined while it is not known. */
export async function valueOf<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const inner = output as unknown as { promise(): Promise<T>; readonly isKnown: Promise<boolean> };
  return (await inner.isKnown) ? inner.promise() : undefined;
}

/** The one resource of a name. */
export function named(registered: readonly Registered[], name: string): Registered {
  const found = registered.filter((each) => each.name === name);
  if (found.length !== 1) {
    throw new Error(`${String(found.length)} resources are named ${name}`);
  }
  return found[0]!;
}

/** Types and names, in order of their names: what a program consists of. */
export function listed(registered: readonly Registered[]): string[] {
  return registered.map(({ type, name, parent }) => `${type} ${name} < ${parent ?? "stack"}`).sort();
}
