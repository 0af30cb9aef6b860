import { createInterface } from "node:readline";
import { execa } from "execa";
import { UnderlayError } from "../measure/error.ts";
import { commandLine, type Connection } from "./connection.ts";

/** How a one-shot command is run. */
export interface ExecuteOptions {
  /** Bytes or text for its standard input; nothing by default. */
  readonly input?: string | Uint8Array;
  /** Limit in seconds, after which it is killed. */
  readonly timeoutSec: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  /** Variables on top of the minimal environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder that it is run in. @default this process's own */
  readonly cwd?: string;
  /** Told each line of its standard error as it comes: what long work says of how far it is. */
  readonly heard?: (line: string) => void;
}

/** The variables that carry a run's identity into every process it starts. */
export function identityVariables(runId: string, owner: string): Record<string, string> {
  return { UNDERLAY_RUN: runId, UNDERLAY_OWNER: owner };
}

const passedOn = [
  ...["HOME", "USER", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_STATE_HOME"],
  // Where a container engine has its socket, its settings and its images: set-up used the same.
  ...["XDG_CONFIG_HOME", "XDG_DATA_HOME"],
  ...["CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINERS_REGISTRIES_CONF"],
  ...["CONTAINER_HOST", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"],
];

const systemPath = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The caller's environment cut down to what commands need, so that no secret in it travels on. Its PATH goes on to the
 * system's folders, where `mke2fs` and `ip` are and a user's own PATH may not look.
 */
export function minimalEnvironment(): Record<string, string> {
  const kept = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const own = process.env["PATH"] ?? "";
  return { PATH: own === "" ? systemPath : `${own}:${systemPath}`, LANG: "C.UTF-8", ...Object.fromEntries(kept) };
}

interface Ending {
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly signal?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
}

function describeEnding({ timedOut, isCanceled, signal, exitCode, code }: Ending, timeoutSec: number): string {
  if (timedOut) {
    return `did not end within ${String(timeoutSec)} s`;
  }
  if (isCanceled) {
    return "was cancelled";
  }
  return signal === undefined ? `ended with ${String(exitCode ?? code ?? "an error")}` : `was ended by ${signal}`;
}

/**
 * Runs a command on this machine and returns the bytes of its standard output.
 *
 * @throws UnderlayError `command-failed` with the command, how it ended and its last lines.
 */
export async function executeForBytes(argv: readonly string[], options: ExecuteOptions): Promise<Uint8Array> {
  const [file, ...rest] = argv;
  if (file === undefined) {
    throw new RangeError("an empty command");
  }
  const running = execa(file, rest, {
    input: options.input ?? "",
    encoding: "buffer",
    stripFinalNewline: false,
    timeout: options.timeoutSec * 1000,
    killSignal: "SIGKILL",
    extendEnv: false,
    env: { ...minimalEnvironment(), ...options.env },
    reject: false,
    ...(options.signal ? { cancelSignal: options.signal } : {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (options.heard !== undefined) createInterface({ input: running.stderr }).on("line", options.heard);
  const result = await running;
  if (result.failed) {
    const said = result.stderr.length > 0 ? result.stderr : result.stdout;
    const last = Buffer.from(said).toString("utf8").trim().split("\n").slice(-5).join("\n  ");
    const how = describeEnding(result, options.timeoutSec);
    throw new UnderlayError("command-failed", `${argv.slice(0, 12).join(" ")} ${how}.`, last === "" ? null : last);
  }
  return result.stdout;
}

/**
 * Runs a command on this machine and returns its standard output as text, without its last line feed.
 *
 * @throws UnderlayError `command-failed` with the command, how it ended and its last lines.
 */
export async function execute(argv: readonly string[], options: ExecuteOptions): Promise<string> {
  const bytes = await executeForBytes(argv, options);
  return Buffer.from(bytes)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

/** Runs a command at the end of a connection and returns its standard output. */
export async function executeAt(
  connection: Connection,
  argv: readonly string[],
  options: ExecuteOptions,
): Promise<string> {
  return execute(commandLine(connection, argv), options);
}
