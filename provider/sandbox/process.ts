import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeMemoryGroup, type MemoryGroup } from "../cgroup.ts";
import type { Hop } from "../connection.ts";
import { executeAt } from "../execute.ts";
import { sharedName } from "../leftovers.ts";
import { required } from "../machine.ts";
import { attachNamespace } from "../network/attach.ts";
import { hostsFile } from "../network/members.ts";
import { inNamespace, namespacePath } from "../network/namespace.ts";
import type { SandboxContext, SandboxKind } from "./kind.ts";

const joinGroup = 'echo $$ > "$0/cgroup.procs" && exec "$@"';

function memoryGroup({ inputs }: SandboxContext): MemoryGroup | null {
  const group = makeMemoryGroup(sharedName(inputs.runId, inputs.name), inputs.memoryMiB);
  return "reason" in group ? null : group;
}

/**
 * A process on this machine's own kernel. It sees the shared root read only through a mount namespace, so that its
 * interpreter, packages and libc are the same bits as everywhere; nothing else stands between it and the machine.
 */
function hop(context: SandboxContext, group: MemoryGroup | null): Hop {
  const { inputs, machine, directory, cpuSet, attachment } = context;
  const scratch = join(directory, "tmp");
  mkdirSync(scratch, { recursive: true });
  const root = required(machine, "root", machine.root).directory;
  const bubblewrap = required(machine, "bubblewrap", machine.bubblewrap);
  const namespace = attachment?.namespace ?? null;
  const volumes = inputs.volumes.flatMap(({ source, target }) => ["--ro-bind", source, target]);
  return {
    shell: false,
    argv: [
      ...(group === null ? [] : ["sh", "-c", joinGroup, group.directory]),
      ...(namespace === null ? [] : inNamespace(namespacePath(namespace), [])),
      ...["taskset", "--cpu-list", cpuSet.join(",")],
      ...[bubblewrap, "--die-with-parent", "--ro-bind", root, "/", "--dev-bind", "/dev", "/dev", "--proc", "/proc"],
      ...["--ro-bind", "/sys", "/sys", "--tmpfs", "/run", "--bind", scratch, "/tmp", "--setenv", "HOME", "/tmp"],
      ...(inputs.volumes.length > 0 ? ["--tmpfs", "/data", ...volumes] : []),
      ...(attachment === null
        ? ["--unshare-net"]
        : ["--ro-bind", hostsFile(inputs.runId, attachment.network), "/etc/hosts"]),
      "--",
    ],
  };
}

/** A process in the shared root, on this machine's own kernel. */
export const processSandbox: SandboxKind = {
  create: async (context) => {
    const { attachment } = context;
    if (attachment !== null) {
      await attachNamespace({ ...context, attachment });
    }
    const group = memoryGroup(context);
    const connection = { hops: [hop(context, group)] };
    await executeAt(connection, ["true"], { timeoutSec: 30, signal: context.signal, env: context.env });
    return {
      connection,
      virtualisation: "none",
      containerRuntime: null,
      imageDigest: null,
      cpuMechanism: "affinity",
      memoryMechanism: group?.mechanism ?? "none",
    };
  },
  stands: (context, connection) => {
    const first = connection.hops[0]?.argv ?? [];
    const group = first[0] === "sh" ? first[3] : undefined;
    return Promise.resolve(existsSync(context.directory) && (group === undefined || existsSync(group)));
  },
  remove: () => Promise.resolve(),
};
