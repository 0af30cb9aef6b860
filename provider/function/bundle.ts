import { sharedName } from "../leftovers.ts";
import { identityVariables } from "../execute.ts";
import type { FrontConfiguration, Slot } from "./configuration.ts";

/** User that instances run as: nobody else's on this machine. */
const sandboxUser = 993;
/** As AWS Lambda has them. */
const limits = { files: 1024, processes: 1024 };
const mebibyte = 1024 * 1024;

function mount(destination: string, type: string, options: readonly string[], source = type): object {
  return { destination, type, source, options };
}

const bound = (destination: string, source: string): object =>
  mount(destination, "bind", ["rbind", "ro", "nosuid", "nodev"], source);

/** Name of an instance, for its container and its control groups. Names of sandboxes have no dot. */
export function instanceName({ runId, name }: FrontConfiguration, slot: number): string {
  return `${sharedName(runId, name)}.${String(slot)}`;
}

/** Variables that AWS Lambda sets for a function, as far as a function of this machine has them. */
function variables(configuration: FrontConfiguration, slot: Slot, instance: string): Record<string, string> {
  const { name, memoryMiB, handler, runId } = configuration;
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin:/opt/bin",
    LANG: "C.UTF-8",
    TZ: ":UTC",
    PYTHONPATH: "/var/runtime",
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    AWS_EXECUTION_ENV: "AWS_Lambda_python3.11",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: instance,
    ...configuration.variables,
    AWS_LAMBDA_RUNTIME_API: slot.address,
    _HANDLER: handler,
    ...identityVariables(runId, name),
  };
}

/**
 * OCI runtime configuration of one instance: the shared root, read only, with the package and the runtime interface client
 * where AWS Lambda has them. Its CPU share is set once its first process runs, so that the container runtime's own start
 * is not slowed down by it.
 *
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.1.0/config.md
 */
export function instanceBundle(configuration: FrontConfiguration, slot: Slot, index: number): object {
  const nothing: string[] = [];
  const name = instanceName(configuration, index);
  const network = slot.namespace === null ? [] : [{ type: "network", path: slot.namespace }];
  const storage = `size=${String(configuration.ephemeralStorageMiB)}m`;
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid: sandboxUser, gid: sandboxUser },
      // `-S`: the packages of the shared root stay out, as AWS Lambda does not have them.
      args: ["/usr/bin/python3", "-S", "-m", "awslambdaric", configuration.handler],
      cwd: "/var/task",
      env: Object.entries(variables(configuration, slot, name)).map(([key, value]) => `${key}=${value}`),
      capabilities: { bounding: nothing, effective: nothing, permitted: nothing },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: limits.files, soft: limits.files }],
      noNewPrivileges: true,
    },
    root: { path: configuration.root, readonly: true },
    hostname: "function",
    mounts: [
      mount("/proc", "proc", ["nosuid", "noexec", "nodev"]),
      mount("/dev", "tmpfs", ["nosuid", "mode=755", "size=64k"]),
      mount("/dev/shm", "tmpfs", ["nosuid", "nodev", "noexec", "mode=1777", "size=64m"], "shm"),
      mount("/tmp", "tmpfs", ["nosuid", "nodev", "mode=1777", storage]),
      // The shared root has no places for what follows, and must not be given any.
      mount("/var", "tmpfs", ["nosuid", "nodev", "ro", "mode=755", "size=64k"]),
      bound("/var/task", configuration.task),
      bound("/var/runtime", configuration.runtimePackages),
    ],
    linux: {
      cgroupsPath: `/${name}`,
      namespaces: [...["pid", "ipc", "uts", "mount"].map((type): object => ({ type })), ...network],
      maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/sysrq-trigger", "/proc/timer_list", "/proc/sched_debug"],
      readonlyPaths: ["/proc/sys", "/proc/irq", "/proc/bus"],
      resources: {
        devices: [{ allow: false, access: "rwm" }],
        memory: { limit: configuration.memoryMiB * mebibyte },
        pids: { limit: limits.processes },
      },
    },
  };
}
