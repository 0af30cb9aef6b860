import { messageOf, UnderlayError } from "../../measure/error.ts";
import type { HostFacts } from "../../measure/facts.ts";
import type { Attachment } from "../../measure/network.ts";
import { type Connection, through } from "../connection.ts";
import { ownerLabel, runLabel } from "../container-engine.ts";
import { identityVariables } from "../execute.ts";
import { type Seen, seenFrom } from "../facts.ts";
import { sharedName } from "../leftovers.ts";
import type { ResourceHandler } from "../resource-handler.ts";
import { cpuList } from "../ssh-host.ts";
import { type RemoteContainerInputs, remoteContainerInputsSchema } from "./inputs.ts";
import { executeOn, isUnreachable, type Refusal } from "./reach.ts";

/** An image is pulled on the way. */
const startTimeoutSec = 3600;
const shortTimeoutSec = 120;

const refusals: readonly Refusal[] = [
  {
    says: /podman: (?:command )?not found|podman: not found|exec: podman/,
    code: "engine-missing",
    hint: "Set `underlay:prepareHosts` to true, or install podman there.",
  },
  {
    says: /sudo/,
    code: "sudo-refused",
    hint: "Let the user run `sudo -n podman` there, or log in as root.",
  },
  {
    says: /unresolvable CDI|nvidia\.com\/gpu/,
    code: "toolkit-missing",
    hint: "Set `underlay:prepareHosts` to true, or run `nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml` there.",
  },
  {
    says: /initializing source|manifest unknown|unable to pull|unauthorized|name unknown|short-name/i,
    code: "image-not-pulled",
    hint: "Give `image` a reference that the host can pull, or load it there: `podman load < FILE` of `underlay image`.",
  },
];

/**
 * Rootful podman holds limits and hands over devices; a login that is not root becomes it for this command alone. Podman's
 * monitor of a container notes down where it was started that there was too little memory: in `/proc` nobody can.
 */
function podman(...words: readonly string[]): string[] {
  const choose = 'cd /proc; if [ "$(id -u)" = 0 ]; then exec podman "$@"; else exec sudo -n podman "$@"; fi';
  return ["sh", "-c", choose, "podman", ...words];
}

const nameOf = ({ runId, name }: RemoteContainerInputs): string => sharedName(runId, name);

function runWords(inputs: RemoteContainerInputs): string[] {
  const { runId, name, imageName, cpus, firstCpu, memoryMiB, accelerators, onAttachment } = inputs;
  const variables = { ...identityVariables(runId, name), HOME: "/tmp" };
  return [
    ...["run", "--detach", "--name", nameOf(inputs), "--pull", "missing"],
    ...["--label", `${runLabel}=${runId}`, "--label", `${ownerLabel}=${name}`],
    ...Object.entries(variables).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    // Of an overlay between hosts podman knows nothing: programs that train together are on the hosts' own network.
    ...["--network", onAttachment === undefined ? "none" : "host"],
    ...["--read-only", "--tmpfs", "/tmp:rw,exec", "--tmpfs", "/run"],
    ...["--cap-drop", "all", "--security-opt", "no-new-privileges", "--stop-timeout", "0"],
    ...["--cpuset-cpus", cpuList(firstCpu, cpus)],
    ...(memoryMiB === undefined ? [] : ["--memory", `${String(memoryMiB)}m`]),
    ...(accelerators ? ["--device", "nvidia.com/gpu=all"] : []),
    ...[imageName, "sleep", "infinity"],
  ];
}

function mustHold({ cpus, memoryMiB, name }: RemoteContainerInputs, seen: Seen): void {
  const holds = seen.affinity.length === cpus && (memoryMiB === undefined || seen.memoryLimitMiB === memoryMiB);
  if (!holds) {
    throw new UnderlayError(
      "limit-not-held",
      `${name} may use ${String(seen.affinity.length)} CPUs and ${String(seen.memoryLimitMiB ?? "all")} MiB, but was to have ${String(cpus)} and ${String(memoryMiB ?? "all")}.`,
      "Its host needs control groups for CPUs and memory, and as many CPUs.",
    );
  }
}

function factsOf(inputs: RemoteContainerInputs, seen: Seen, engine: string, imageDigest: string | null): HostFacts {
  const { onFacts, cpus, memoryMiB } = inputs;
  return {
    kernelRelease: seen.kernelRelease,
    virtualisation: onFacts.virtualisation,
    machineVirtualisation: onFacts.machineVirtualisation,
    operatingSystem: seen.operatingSystem,
    cpuModel: seen.cpuModel,
    cpus: seen.affinity.length,
    memoryMiB: Math.min(seen.memoryMiB, memoryMiB ?? Infinity),
    accelerators: seen.accelerators,
    containerRuntime: engine,
    imageDigest,
    // The image says which root it holds. Of one that does not, its own digest tells equal bits.
    rootDigest: seen.rootDigest ?? imageDigest ?? "unknown",
    limits: {
      cpus: { mechanism: "cgroup cpuset", value: cpus },
      memory: { mechanism: memoryMiB === undefined ? "none" : "cgroup", value: memoryMiB ?? seen.memoryMiB },
    },
  };
}

/** The container takes part by its host's own link. */
function attachmentOf({ onAttachment }: RemoteContainerInputs): { attachment?: Attachment } {
  return onAttachment === undefined ? {} : { attachment: { ...onAttachment, overlay: "host" } };
}

/** The resource `RemoteContainer`. */
export const remoteContainerHandler: ResourceHandler<RemoteContainerInputs> = {
  schema: remoteContainerInputsSchema,
  updates: [],
  create: async (inputs, { signal, progress }) => {
    const where = `The host of ${inputs.name}`;
    const ask = (words: readonly string[], timeoutSec = shortTimeoutSec, stop: AbortSignal | undefined = signal) =>
      executeOn(where, inputs.on, podman(...words), { timeoutSec, signal: stop }, refusals);
    const remove = () => ask(["rm", "--force", "--ignore", nameOf(inputs)], shortTimeoutSec, undefined);
    // What an `up` that was killed left there has the same name: it makes room.
    await remove();
    progress.status(`starting ${inputs.environment}`);
    try {
      await ask(runWords(inputs), startTimeoutSec);
      const argv = podman("exec", "--interactive", nameOf(inputs));
      const connection: Connection = through(inputs.on, { argv, shell: false });
      const seen = await seenFrom(connection, { signal });
      mustHold(inputs, seen);
      const digest = await ask(["image", "inspect", "--format", "{{.Digest}}", inputs.imageName]);
      const engine = (await ask(["--version"])).replace(" version ", " ");
      const facts = factsOf(inputs, seen, engine, /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : null);
      return {
        id: `${inputs.runId}/${inputs.name}`,
        outputs: { ...inputs, connection, facts, ...attachmentOf(inputs) },
      };
    } catch (thrown) {
      await remove();
      throw thrown;
    }
  },
  read: async (_id, inputs, state, { signal, progress }) => {
    const argv = podman("ps", "--quiet", "--filter", `name=^${nameOf(inputs)}$`);
    try {
      const options = { timeoutSec: shortTimeoutSec, signal };
      if ((await executeOn(`The host of ${inputs.name}`, inputs.on, argv, options, refusals)).trim() !== "") {
        return state;
      }
    } catch (thrown) {
      if (isUnreachable(thrown)) {
        progress.warn(`The host of ${inputs.name} cannot be reached: ${messageOf(thrown)}`);
        return state;
      }
      throw thrown;
    }
    progress.warn(`${inputs.environment} "${inputs.name}" is gone: it no longer runs on its host.`);
    return null;
  },
  delete: async (_id, inputs, _state, { progress }) => {
    const argv = podman("rm", "--force", "--ignore", nameOf(inputs));
    const options = { timeoutSec: shortTimeoutSec };
    await executeOn(`The host of ${inputs.name}`, inputs.on, argv, options, refusals).catch((thrown: unknown) => {
      if (!isUnreachable(thrown)) {
        throw thrown;
      }
      progress.warn(`The container ${nameOf(inputs)} stays on a host that cannot be reached: ${messageOf(thrown)}`);
    });
  },
};
