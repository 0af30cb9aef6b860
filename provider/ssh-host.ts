import { createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { environmentNames, type HostFacts } from "../measure/facts.ts";
import type { Attachment } from "../measure/network.ts";
import { type Connection, through } from "./connection.ts";
import { executeAt } from "./execute.ts";
import { seenFrom } from "./facts.ts";
import { joiningSchema } from "./remote/inputs.ts";
import type { Operation, ResourceHandler } from "./resource-handler.ts";
import { pause } from "./pause.ts";
import { sshHop } from "./ssh-hop.ts";

// None of these may begin with a dash: ssh would read it as an option.
const hostName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:_-]*$/, "must be a host name or an address");
const schema = z.strictObject({
  environment: z.enum(environmentNames),
  address: hostName,
  user: z.string().regex(/^[a-z_][a-z0-9_-]*$/, "must be a user name, such as `debian`"),
  port: z.number().int().min(1).max(65_535).default(22),
  jump: z
    .string()
    .regex(/^[A-Za-z0-9_][\w.:@,[\]-]*$/, "must be as ssh's ProxyJump, such as `user@gateway`")
    .optional(),
  identityFile: z.string().regex(/^[/~]/, "must be an absolute path").optional(),
  knownHostsFile: z
    .string()
    .regex(/^[/~]\S*$/, "must be an absolute path without spaces")
    .optional(),
  hostKey: z
    .string()
    .regex(
      /^(?:ssh|ecdsa)-[\w-]+ [A-Za-z0-9+/=]+$/,
      "must be a public key, such as `ssh-ed25519 AAAA…`, without comment",
    )
    .optional(),
  cloudInit: z.boolean().default(false),
  accelerators: z.number().int().min(0).default(0),
  cpus: z.number().int().min(1).optional(),
  firstCpu: z.number().int().min(0).default(0),
  memoryMiB: z.number().int().min(64, "must be at least 64 MiB").optional(),
  network: joiningSchema.optional(),
  readyTimeoutSec: z.number().int().min(1).max(86_400, "must be at most 86400, which is a day").default(1800),
});

type SshHostInputs = z.infer<typeof schema>;

/** Pause between two attempts to reach a host, in ms. */
const pauseMs = 3000;
/** A host may answer before its first boot has let the user in: so long a refusal is no news, in seconds. */
const graceSec = 90;

/** The way into a host. One whose key is given has to show that one; any other has to be among the user's known hosts. */
export function sshConnection(inputs: SshHostInputs): Connection {
  const { address, user, port, jump, identityFile, hostKey, knownHostsFile } = inputs;
  const known = port === 22 ? address : `[${address}]:${String(port)}`;
  return sshHop({ host: address, user, port, identityFile }, [
    ...(hostKey === undefined
      ? knownHostsFile === undefined
        ? []
        : [`UserKnownHostsFile=${knownHostsFile}`]
      : [
          // ssh asks a command for what it may trust, so that no file has to be kept beside the connection.
          `KnownHostsCommand=/bin/echo ${known} ${hostKey}`,
          ...["UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "LogLevel=ERROR"],
        ]),
    ...(jump === undefined ? [] : [`ProxyJump=${jump}`]),
  ]);
}

function failureOf({ address, user }: SshHostInputs, said: string): UnderlayError {
  if (/host key|HOST IDENTIFICATION/i.test(said)) {
    return new UnderlayError(
      "ssh-host-key",
      `${address} does not show a key that is known: ${said}`,
      "Add it to your known hosts after you have compared it, or give the right hostKey.",
    );
  }
  if (/permission denied/i.test(said)) {
    return new UnderlayError(
      "ssh-refused",
      `${address} lets ${user} not in: ${said}`,
      "Load the key into your agent (`ssh-add`), or give user and identityFile.",
    );
  }
  return new UnderlayError(
    "ssh-unreachable",
    `${address} cannot be reached over ssh: ${said}`,
    "Check its security group, the route, and jump where it is behind a gateway.",
  );
}

/** Waits until a host lets us in. */
async function reach(inputs: SshHostInputs, connection: Connection, { signal, progress }: Operation): Promise<void> {
  const began = Date.now();
  for (;;) {
    try {
      await executeAt(connection, ["true"], { timeoutSec: 40, signal });
      return;
    } catch (thrown) {
      signal.throwIfAborted();
      const said = thrown instanceof UnderlayError ? (thrown.hint ?? thrown.message) : messageOf(thrown);
      const failure = failureOf(inputs, said.split("\n").at(-1)?.trim() ?? "");
      const waited = (Date.now() - began) / 1000;
      const patience =
        failure.code === "ssh-unreachable" ? inputs.readyTimeoutSec : Math.min(graceSec, inputs.readyTimeoutSec);
      if (waited > patience) {
        throw failure;
      }
      progress.status(`waiting for ssh on ${inputs.address}`);
      await pause(pauseMs, signal);
    }
  }
}

async function awaitFirstBoot(
  inputs: SshHostInputs,
  connection: Connection,
  { signal, progress }: Operation,
): Promise<void> {
  progress.status(`waiting for cloud-init on ${inputs.address}`);
  const command = ["cloud-init", "status", "--wait", "--long"];
  try {
    await executeAt(connection, command, { timeoutSec: inputs.readyTimeoutSec, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    // 2 is how cloud-init says that it is done and has something to complain about.
    if (!messageOf(thrown).includes("ended with 2.")) {
      throw new UnderlayError(
        "first-boot-failed",
        `cloud-init failed on ${inputs.address}: ${messageOf(thrown)}`,
        "Look at /var/log/cloud-init-output.log there.",
        { cause: thrown },
      );
    }
  }
}

/** CPUs that programs are pinned to, as `taskset` lists them: so many from the first one on. */
export const cpuList = (firstCpu: number, cpus: number): string => `${String(firstCpu)}-${String(firstCpu + cpus - 1)}`;

/** The same way, to programs that use as many CPUs and as much memory as they were given, and no more. */
export function limited(
  connection: Connection,
  { cpus, firstCpu, memoryMiB }: Pick<SshHostInputs, "cpus" | "firstCpu" | "memoryMiB">,
): Connection {
  const argv = [
    ...(cpus === undefined ? [] : ["taskset", "--cpu-list", cpuList(firstCpu, cpus)]),
    // What a login may set for itself, without root: each program's own data, which is all but files that it maps.
    ...(memoryMiB === undefined ? [] : ["prlimit", `--data=${String(memoryMiB * 1024 * 1024)}`]),
  ];
  return argv.length === 0 ? connection : through(connection, { argv, shell: false });
}

async function attachmentOf({ address, network }: SshHostInputs): Promise<Attachment | null> {
  if (network === undefined) {
    return null;
  }
  const found = await lookup(address, { family: 4 }).catch((cause: unknown) => {
    throw new UnderlayError(
      "host-address-unsuitable",
      `${address} has no IPv4 address (${messageOf(cause)}), by which the other hosts of its training would reach it.`,
      "Give its address on the network that the hosts share.",
    );
  });
  return {
    ...{ network: network.name, hostName: network.hostName, address: found.address, overlayAddress: null },
    ...{ overlay: "none", device: "eth0", port: "", namespace: null, rateMbitPerSec: null, latencyMs: null },
  };
}

async function factsOf(inputs: SshHostInputs, connection: Connection, signal: AbortSignal): Promise<HostFacts> {
  const seen = await seenFrom(connection, { signal });
  const { cpus, memoryMiB } = inputs;
  if (memoryMiB !== undefined && seen.memoryMiB < memoryMiB) {
    throw new UnderlayError(
      "limit-not-held",
      `${inputs.address} has ${String(seen.memoryMiB)} MiB of memory, but was to give ${String(memoryMiB)}.`,
      "Ask for less `memoryMiB`.",
    );
  }
  if (cpus !== undefined && seen.affinity.length !== cpus) {
    throw new UnderlayError(
      "limit-not-held",
      `${inputs.address} lets us use ${String(seen.affinity.length)} CPUs from number ${String(inputs.firstCpu)} on, but was to have ${String(cpus)}.`,
      "Ask for fewer `cpus`.",
    );
  }
  if (seen.accelerators.length < inputs.accelerators) {
    throw new UnderlayError(
      "accelerators-missing",
      `${inputs.address} shows ${String(seen.accelerators.length)} accelerators to nvidia-smi, but was to have ${String(inputs.accelerators)}.`,
      "Check that its image has NVIDIA's driver and that its flavor has the devices.",
    );
  }
  const program = readFileSync(fileURLToPath(new URL("./guest/packages.py", import.meta.url)), "utf8");
  const packages = await executeAt(connection, ["python3", "-"], { input: program, timeoutSec: 120, signal });
  const detect = [
    "sh",
    "-c",
    "command -v systemd-detect-virt >/dev/null || { echo unknown; exit; }; systemd-detect-virt --vm; true",
  ];
  const virtualisation = await executeAt(connection, detect, { timeoutSec: 30, signal });
  return {
    kernelRelease: seen.kernelRelease,
    virtualisation,
    machineVirtualisation: "unknown",
    operatingSystem: seen.operatingSystem,
    cpuModel: seen.cpuModel,
    cpus: seen.affinity.length,
    memoryMiB: memoryMiB ?? seen.memoryMiB,
    accelerators: seen.accelerators,
    containerRuntime: null,
    imageDigest: null,
    rootDigest: `packages:${createHash("sha256").update(packages).digest("hex")}`,
    limits: {
      cpus: { mechanism: cpus === undefined ? "whole host" : "affinity", value: seen.affinity.length },
      memory: {
        mechanism: memoryMiB === undefined ? "whole host" : "data limit of each program",
        value: memoryMiB ?? seen.memoryMiB,
      },
    },
  };
}

/** The resource `SshHost`: a host that exists, once it is ready. It makes nothing there and removes nothing. */
export const sshHostHandler: ResourceHandler<SshHostInputs> = {
  schema,
  updates: [],
  create: async (inputs, operation) => {
    const whole = sshConnection(inputs);
    await reach(inputs, whole, operation);
    if (inputs.cloudInit) {
      await awaitFirstBoot(inputs, whole, operation);
    }
    const connection = limited(whole, inputs);
    const attachment = await attachmentOf(inputs);
    const facts = await factsOf(inputs, connection, operation.signal);
    return {
      id: `${inputs.user}@${inputs.address}:${String(inputs.port)}`,
      outputs: { ...inputs, connection, facts, ...(attachment === null ? {} : { attachment }) },
    };
  },
  // Whether a host answers just now says nothing about whether it is there: its own resource knows.
  read: (_id, _inputs, state) => Promise.resolve(state),
  delete: () => Promise.resolve(),
};
