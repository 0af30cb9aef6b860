import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { ethernetAddressOf, prefixLengthOf } from "../../measure/network.ts";
import type { Connection } from "../connection.ts";
import { daemonOf, lastLines, startDaemon } from "../daemon.ts";
import { execute, executeAt } from "../execute.ts";
import { required } from "../machine.ts";
import { attachGuest } from "../network/attach.ts";
import { overlayModules } from "../network/modules.ts";
import { childOf, endProcesses, isAlive, type ProcessIdentity } from "../processes.ts";
import {
  type GuestFiles,
  guestAddress,
  hostAddress,
  monitorCommand,
  networkTapName,
  tapName,
} from "./guest-monitor.ts";
import type { SandboxContext, SandboxKind } from "./kind.ts";
import { volumeImage } from "./volume-image.ts";

const bootTimeoutSec = { kvm: 120, "user-mode-linux": 120, "qemu-tcg": 300 } as const;

const files = (
  directory: string,
): GuestFiles & { key: string; hostKey: string; known: string; console: string; monitor: string } => ({
  scratch: join(directory, "scratch"),
  drive: join(directory, "drive.tar"),
  socket: directory,
  key: join(directory, "key"),
  hostKey: join(directory, "host-key"),
  known: join(directory, "known-hosts"),
  console: join(directory, "console.log"),
  monitor: join(directory, "monitor.json"),
});

/** What the guest's init is told of the network that it joins, and the kernel modules for an overlay on it. */
function networkSettings({ directory, inputs, attachment, machine }: SandboxContext): Record<string, string> {
  mkdirSync(join(directory, "modules"), { recursive: true });
  if (attachment === null || inputs.network === undefined) {
    return {};
  }
  const modules = overlayModules(required(machine, "guest-kernel", machine.guestKernel));
  for (const [index, module] of modules.entries()) {
    copyFileSync(module, join(directory, "modules", `${String(index)}-${basename(module)}`));
  }
  const prefix = prefixLengthOf(inputs.network.link.subnet);
  return { NETWORK_ADDRESS: `${attachment.address}/${String(prefix)}`, NETWORK_INTERFACE: attachment.device };
}

/** Makes the keys of both sides and the drive that configures the guest. */
async function makeDrive(context: SandboxContext, volumes: readonly string[]): Promise<void> {
  const { directory, inputs, machine, env } = context;
  const { key, hostKey, known, drive } = files(directory);
  const guest = required(machine, "guest-kernel", machine.guestKernel);
  for (const path of [key, hostKey]) {
    await execute(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", inputs.name, "-f", path], {
      timeoutSec: 30,
      env,
    });
  }
  writeFileSync(known, `${guestAddress} ${readFileSync(`${hostKey}.pub`, "utf8")}`);
  copyFileSync(`${key}.pub`, join(directory, "authorized-keys"));
  const isUml = guest.kind === "user-mode-linux";
  const settings = {
    HOSTNAME: inputs.name,
    ADDRESS: `${guestAddress}/30`,
    INTERFACE: isUml ? "vec0" : "eth0",
    ...networkSettings(context),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(directory, "settings"), lines.join(""));
  const device = (index: number): string =>
    `/dev/${isUml ? "ubd" : "vd"}${String.fromCharCode("c".charCodeAt(0) + index)}`;
  const targets = inputs.volumes.map(({ target }, index) => `${device(index)} ${target}\n`);
  writeFileSync(join(directory, "volumes"), volumes.length > 0 ? targets.join("") : "");
  copyFileSync(fileURLToPath(new URL("../guest/init", import.meta.url)), join(directory, "init"));
  const members = ["settings", "volumes", "init", "host-key", "authorized-keys", "modules"];
  await execute(["tar", "--create", "--file", drive, "--directory", directory, ...members], { timeoutSec: 30, env });
}

/** Starts the monitor in namespaces of its own; they and all in them end with the process returned. */
function startMonitor(context: SandboxContext, volumes: readonly string[]): ProcessIdentity {
  const { directory, machine, inputs, cpuSet, env, attachment } = context;
  const guest = required(machine, "guest-kernel", machine.guestKernel);
  const root = required(machine, "root", machine.root);
  const networkAddress = attachment === null ? null : ethernetAddressOf(attachment.address);
  const size = { cpus: inputs.cpus, memoryMiB: inputs.memoryMiB, networkAddress };
  const monitor = monitorCommand(guest, root.blockImage, files(directory), volumes, size);
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const start = fileURLToPath(new URL("../guest/start", import.meta.url));
  const namespaces = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const identity = startDaemon(
    {
      argv: [
        ...(["taskset", "--cpu-list", cpuSet.join(","), "unshare", ...user, ...namespaces] as const),
        ...["sh", start, tapName, `${hostAddress}/30`, attachment === null ? "" : networkTapName, ...monitor],
      ],
      log: files(directory).console,
      env,
    },
    files(directory).monitor,
  );
  if (identity === null) {
    throw new UnderlayError("guest-not-started", `The guest's monitor could not be started: ${monitor[0] ?? ""}.`);
  }
  return identity;
}

function entry(directory: string, pid: number): Connection {
  const { key, known } = files(directory);
  const user = process.getuid?.() === 0 ? [] : ["--user", "--preserve-credentials"];
  const options = {
    BatchMode: "yes",
    ConnectTimeout: "5",
    IdentitiesOnly: "yes",
    LogLevel: "ERROR",
    ServerAliveCountMax: "3",
    ServerAliveInterval: "10",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: known,
  };
  const settings = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return {
    hops: [
      {
        shell: true,
        argv: [
          ...["nsenter", "--target", String(pid), ...user, "--net", "ssh", "-F", "none", "-T", "-i", key, ...settings],
          `root@${guestAddress}`,
        ],
      },
    ],
  };
}

async function answered(context: SandboxContext, monitor: ProcessIdentity, connection: Connection): Promise<void> {
  const { machine, directory, env, signal, inputs } = context;
  const { kind } = required(machine, "guest-kernel", machine.guestKernel);
  const limit = bootTimeoutSec[kind];
  let last = "";
  for (const end = Date.now() + limit * 1000; Date.now() < end && isAlive(monitor); await sleep(100)) {
    signal.throwIfAborted();
    try {
      await executeAt(connection, ["true"], { timeoutSec: 15, env, signal });
      return;
    } catch (thrown) {
      last = messageOf(thrown);
    }
  }
  const how = isAlive(monitor) ? `did not answer within ${String(limit)} s` : "ended while it started";
  throw new UnderlayError(
    "guest-not-started",
    `The guest "${inputs.name}" (${kind}) ${how}.`,
    `${last}\n  ${lastLines(files(directory).console, 8)}`,
  );
}

/** A virtual machine with a kernel of its own, reached over SSH on a link that leads nowhere else. */
export const guestSandbox: SandboxKind = {
  create: async (context) => {
    const { machine, inputs, directory, attachment } = context;
    const guest = required(machine, "guest-kernel", machine.guestKernel);
    if (guest.kind === "user-mode-linux" && inputs.cpus > 1) {
      throw new UnderlayError(
        "cpus-unavailable",
        `cpus is ${String(inputs.cpus)}, but a User-Mode Linux guest has one.`,
        "Set cpus to 1.",
      );
    }
    const volumes = await Promise.all(inputs.volumes.map(({ source }) => volumeImage(source, context.env)));
    await makeDrive(context, volumes);
    const monitor = startMonitor(context, volumes);
    const inside = await childOf(monitor.pid, 10);
    if (inside === null) {
      throw new UnderlayError(
        "guest-not-started",
        "This user cannot make network namespaces.",
        readFileSync(files(directory).console, "utf8"),
      );
    }
    const connection = entry(directory, inside);
    await answered(context, monitor, connection);
    if (attachment !== null) {
      await attachGuest({ ...context, attachment }, inside, networkTapName);
    }
    return {
      connection,
      virtualisation: guest.kind,
      containerRuntime: null,
      imageDigest: null,
      cpuMechanism: "guest CPUs, pinned",
      memoryMechanism: "guest memory",
    };
  },
  stands: (context) => {
    const monitor = daemonOf(files(context.directory).monitor);
    return Promise.resolve(monitor !== null && isAlive(monitor));
  },
  remove: async (context) => {
    const monitor = daemonOf(files(context.directory).monitor);
    await endProcesses(monitor === null ? [] : [monitor]);
  },
};
