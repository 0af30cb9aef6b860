import { UnderlayError } from "../../measure/error.ts";
import { type Connection, quote, through } from "../connection.ts";
import { executeAt } from "../execute.ts";
import { deviceName } from "../network/link.ts";
import { type Command, inNamespace, namespacePath, runAll } from "../network/namespace.ts";
import { overlayCommands } from "../network/overlay.ts";
import type { SandboxInputs } from "../inputs.ts";
import type { SandboxKind } from "./kind.ts";

const bundlePlace = "/run/underlay-container";
const container = "underlay";
/** How often a guest that does not answer is asked for its container before it counts as gone. */
const timesAsked = 4;
/** The container's network namespace inside the guest, when it is on an overlay. */
const overlayNamespace = "overlay";

function mount(destination: string, type: string, options: readonly string[], source = type): object {
  return { destination, type, source, options };
}

/** The network namespace of a container: none of its own when it takes part by its host's link. */
function networkNamespaces({ network }: SandboxInputs): object[] {
  if (network === undefined) {
    return [{ type: "network" }];
  }
  return network.overlay === "host" ? [] : [{ type: "network", path: namespacePath(overlayNamespace) }];
}

/** Commands that put the container on the overlay, run inside the guest. */
function guestOverlayCommands({ network, onAttachment }: SandboxInputs): Command[] {
  return overlayCommands({
    host: [],
    device: onAttachment?.device ?? deviceName,
    hostAddress: onAttachment?.address ?? "",
    container: overlayNamespace,
    inside: inNamespace(namespacePath(overlayNamespace), []),
    address: network?.address ?? "",
    subnet: network?.link.overlaySubnet ?? "",
  });
}

/**
 * OCI runtime configuration of a container that runs on its host's own root, read only.
 *
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.1.0/config.md
 */
export function bundleConfiguration(inputs: SandboxInputs, env: Readonly<Record<string, string>>): object {
  const nothing: string[] = [];
  const variables = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/tmp", ...env };
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid: 0, gid: 0 },
      args: ["sleep", "infinity"],
      cwd: "/",
      env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      capabilities: { bounding: nothing, effective: nothing, permitted: nothing },
      noNewPrivileges: true,
    },
    root: { path: "root", readonly: true },
    hostname: inputs.name,
    annotations: { "underlay.run": inputs.runId, "underlay.owner": inputs.name },
    mounts: [
      mount("/proc", "proc", []),
      mount("/dev", "tmpfs", ["nosuid", "mode=755", "size=65536k"]),
      mount("/dev/shm", "tmpfs", ["nosuid", "nodev", "mode=1777"]),
      mount("/sys", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
      mount("/sys/fs/cgroup", "cgroup", ["nosuid", "noexec", "nodev", "ro"]),
      mount("/tmp", "tmpfs", ["nosuid", "nodev", "mode=1777"]),
      mount("/run", "tmpfs", ["nosuid", "nodev", "mode=755"]),
      ...(inputs.volumes.length > 0 ? [mount("/data", "bind", ["rbind", "ro"], "/data")] : []),
    ],
    linux: {
      namespaces: [
        ...["pid", "ipc", "uts", "mount", "cgroup"].map((type): object => ({ type })),
        ...networkNamespaces(inputs),
      ],
      resources: {
        devices: [{ allow: false, access: "rwm" }],
        memory: { limit: inputs.memoryMiB * 1024 * 1024 },
        cpu: { quota: inputs.cpus * 100_000, period: 100_000 },
      },
    },
  };
}

function host(inputs: SandboxInputs): Connection {
  if (inputs.on === undefined) {
    throw new UnderlayError("host-missing", "A container on another host needs `on`, the connection of that host.");
  }
  return inputs.on;
}

/** A container inside a guest, by the runtime that the shared root carries, from that same root. */
export const nestedContainerSandbox: SandboxKind = {
  create: async ({ inputs, env, signal, attachment }) => {
    const on = host(inputs);
    const options = { timeoutSec: 60, signal, env };
    if (attachment?.overlay === "vxlan") {
      // All at once: in a guest without acceleration, each way in takes longer than the command.
      const script = guestOverlayCommands(inputs).map((command) => command.map(quote).join(" "));
      await runAll([["sh", "-ec", script.join("\n")]], (command) => executeAt(on, command, options));
    }
    const prepare = 'set -e; mkdir -p "$0/root"; mount --bind / "$0/root"; cat > "$0/config.json"';
    const configuration = JSON.stringify(bundleConfiguration(inputs, env));
    await executeAt(on, ["sh", "-c", prepare, bundlePlace], { ...options, input: configuration });
    // The runtime's own output would hold the connection open, so it goes to a file.
    const start = 'runc run --detach --bundle "$0" "$1" > "$0/log" 2>&1 < /dev/null || { cat "$0/log" >&2; exit 1; }';
    await executeAt(on, ["sh", "-c", start, bundlePlace, container], options);
    const version = (await executeAt(on, ["runc", "--version"], options)).split("\n")[0]?.split(" ").at(-1) ?? "";
    return {
      connection: through(on, { shell: false, argv: ["runc", "exec", container] }),
      virtualisation: inputs.onFacts?.virtualisation ?? "unknown",
      containerRuntime: `runc ${version}`,
      imageDigest: inputs.onFacts?.rootDigest ?? null,
      cpuMechanism: "cgroup v2 quota",
      memoryMechanism: "cgroup v2",
    };
  },
  stands: async ({ inputs, env }) => {
    // A container that is gone is an answer; a guest that a busy machine keeps waiting gives none, and is asked again.
    const argv = ["sh", "-c", 'runc state "$0" || true', container];
    for (let asked = 0; asked < timesAsked; asked += 1) {
      const state = await executeAt(host(inputs), argv, { timeoutSec: 30, env }).catch(() => null);
      if (state !== null) return /"status":\s*"running"/.test(state);
    }
    return false;
  },
  remove: async ({ inputs, env }) => {
    const script = 'runc delete --force "$1"; umount "$0/root"; rm -rf "$0"; ip netns delete "$2"';
    // The guest may be gone already, and the container with it.
    await executeAt(host(inputs), ["sh", "-c", script, bundlePlace, container, overlayNamespace], {
      timeoutSec: 30,
      env,
    }).catch(() => "");
  },
};
