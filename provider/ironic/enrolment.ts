import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { type Operation, PartialFailure, type ResourceHandler, type State } from "../resource-handler.ts";
import { type Cloud, offer, takeBack } from "./converge.ts";
import { driverInfoOf, type EnrolmentInputs, enrolmentInputsSchema } from "./inputs.ts";
import { withCloud } from "./clouds.ts";
import { KeptSession, loginFrom } from "./keystone.ts";
import { type Change, type Node, Nodes } from "./nodes.ts";
import { Scheduler } from "./scheduler.ts";
import type { Patience } from "./settle.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Says in Ironic whose node it is: after an `up` that was killed, the next one knows its own. */
function markOf(urn: string): string {
  return hash("sha256", urn).slice(0, 16);
}

function propertiesOf(inputs: EnrolmentInputs, urn: string): Record<string, unknown> {
  const interfaces = Object.entries(inputs.interfaces).map(([kind, name]) => [`${kind}_interface`, name] as const);
  return {
    name: inputs.nodeName,
    driver: inputs.driver,
    driver_info: driverInfoOf(inputs),
    properties: inputs.properties,
    extra: { underlay: markOf(urn) },
    ...(inputs.resourceClass === undefined ? {} : { resource_class: inputs.resourceClass }),
    ...Object.fromEntries(interfaces),
  };
}

/** The node of this resource, written down if it is not there. */
async function written(nodes: Nodes, inputs: EnrolmentInputs, urn: string): Promise<Node> {
  const isOwn = (node: Node | null): boolean => node?.extra["underlay"] === markOf(urn);
  const there = await nodes.find(inputs.nodeName);
  if (there !== null && isOwn(there)) {
    return there;
  }
  if (there !== null) {
    throw new UnderlayError(
      "node-name-taken",
      `Ironic has a node ${inputs.nodeName} already, and it is not this resource's.`,
      "Choose another nodeName, or use that node as it is and enrol nothing.",
    );
  }
  try {
    return await nodes.create(propertiesOf(inputs, urn));
  } catch (thrown) {
    // The answer may have been lost on its way: what was made is not forgotten.
    const made = await nodes.find(inputs.nodeName).catch(() => null);
    if (made !== null && isOwn(made)) {
      return made;
    }
    throw thrown;
  }
}

async function matchPorts(nodes: Nodes, id: string, inputs: EnrolmentInputs): Promise<void> {
  const there = await nodes.ports(id);
  for (const { address, pxeEnabled, physicalNetwork } of inputs.ports) {
    if (!there.some((port) => port.address === address)) {
      const network = physicalNetwork === undefined ? {} : { physical_network: physicalNetwork };
      await nodes.addPort({ node_uuid: id, address, pxe_enabled: pxeEnabled, ...network });
    }
  }
  for (const port of there.filter(({ address }) => !inputs.ports.some((wanted) => wanted.address === address))) {
    await nodes.removePort(port.uuid);
  }
}

/** Brings what Ironic has written down of a node to what is asked for. */
async function describe(nodes: Nodes, node: Node, inputs: EnrolmentInputs): Promise<void> {
  const resourceClass = inputs.resourceClass ?? null;
  const changes: Change[] = [
    // The password comes back masked: it is written whenever anything is.
    { op: "add", path: "/driver_info", value: driverInfoOf(inputs) },
    ...(isDeepStrictEqual(node.properties, inputs.properties)
      ? []
      : [{ op: "add" as const, path: "/properties", value: { ...node.properties, ...inputs.properties } }]),
    ...(resourceClass === (node.resource_class ?? null)
      ? []
      : [{ op: "add" as const, path: "/resource_class", value: resourceClass }]),
  ];
  await nodes.change(node.uuid, changes);
  if (!isDeepStrictEqual([...node.traits].sort(), [...inputs.traits].sort())) {
    await nodes.setTraits(node.uuid, inputs.traits);
  }
  await matchPorts(nodes, node.uuid, inputs);
}

/** Describes and offers a node that is written down; when that fails, the engine keeps what there is. */
async function complete(cloud: Cloud, node: Node, inputs: EnrolmentInputs, patience: Patience): Promise<State> {
  const outputs = { ...inputs, nodeId: node.uuid };
  try {
    await describe(cloud.nodes, node, inputs);
    const { provision_state: provisionState } = await offer(cloud, node.uuid, inputs, patience);
    return { ...outputs, provisionState };
  } catch (thrown) {
    throw new PartialFailure(node.uuid, { ...outputs, provisionState: "unfinished" }, [messageOf(thrown)]);
  }
}

/** States of a node that became what it was to become: `active` is one in use. */
const finished = new Set<unknown>(["available", "active"]);

/**
 * The resource `IronicNodeEnrolment`.
 *
 * @param variables Of the environment: those of an openrc file, or `OS_CLOUD`, say where and as whom.
 * @param pauseMs Pause between two looks at a node, in ms.
 */
export function enrolmentHandlerOf(variables: Variables, pauseMs: number): ResourceHandler<EnrolmentInputs> {
  const open = ({ scope }: EnrolmentInputs, signal: AbortSignal): Cloud => {
    const transport = { signal, pauseMs: Math.min(pauseMs, 500) };
    const known = withCloud(variables);
    const login = loginFrom(known, scope);
    const { OS_PROJECT_NAME: name = "", OS_PROJECT_ID: id = "" } = known;
    const inProject = name === "" && id === "" ? login : loginFrom(known, "project");
    return {
      nodes: new Nodes(new KeptSession(login, transport)),
      scheduler: new Scheduler(new KeptSession(inProject, transport)),
    };
  };
  const patienceOf = (inputs: EnrolmentInputs, { signal, progress }: Operation): Patience => ({
    signal,
    progress,
    limitSec: inputs.transitionTimeoutSec,
    pauseMs,
  });
  return {
    schema: enrolmentInputsSchema,
    updates: [
      ...(["bmc", "driverInfo", "properties", "resourceClass", "traits", "ports"] as const),
      ...(["inspect", "cleanSteps", "scope", "transitionTimeoutSec"] as const),
    ],
    unfinished: ({ provisionState }) => !finished.has(provisionState),
    create: async (inputs, operation) => {
      const cloud = open(inputs, operation.signal);
      const node = await written(cloud.nodes, inputs, operation.urn);
      return { id: node.uuid, outputs: await complete(cloud, node, inputs, patienceOf(inputs, operation)) };
    },
    update: async (id, inputs, _state, operation) => {
      const cloud = open(inputs, operation.signal);
      const node = await cloud.nodes.find(id);
      if (node === null) {
        throw new UnderlayError(
          "node-gone",
          `The node ${inputs.nodeName} is no longer in Ironic.`,
          "Refresh the stack.",
        );
      }
      return complete(cloud, node, inputs, patienceOf(inputs, operation));
    },
    read: async (id, inputs, state, { signal, progress }) => {
      const node = await open(inputs, signal).nodes.find(id);
      if (node === null) {
        progress.warn(`The node ${inputs.nodeName} is gone: it no longer is in Ironic.`);
        return null;
      }
      const now = node.provision_state;
      return finished.has(now) && finished.has(state["provisionState"]) ? state : { ...state, provisionState: now };
    },
    delete: async (id, inputs, _state, operation) => {
      await takeBack(open(inputs, operation.signal).nodes, id, inputs, patienceOf(inputs, operation));
    },
  };
}

/** Pause between two looks at a node, in ms: cleaning a disk takes minutes. */
const lookEveryMs = 2000;

/** The resource `IronicNodeEnrolment`, of the cloud that the environment names. */
export const enrolmentHandler = enrolmentHandlerOf(process.env, lookEveryMs);
