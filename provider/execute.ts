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
}

/** The variables that carry a run's identity into every process it starts. */
export function identityVariables(runId: string, owner: string): Record<string, string> {
  return { UNDERLAY_RUN: runId, UNDERLAY_OWNER: owner };
}

const passedOn = [
  "PATH",
  "HOME",
  "USER",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  "XDG_CACHE_HOME",
  "XDG_STATE_HOME",
  "DOCKER_HOST",
];

/** The caller's environment cut down to what commands need, so that no secret in it travels on. */
export function minimalEnvironment(): Record<string, string> {
  const kept = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", ...Object.fromEntries(kept) };
}

/**
 * Runs a command on this machine and returns its standard output.
 *
 * @throws UnderlayError `command-failed` with the command, how it ended and its last lines.
 */
export async function execute(argv: readonly string[], options: ExecuteOptions): Promise<string> {
  const [file, ...rest] = argv;
  if (file === undefined) {
    throw new RangeError("an empty command");
  }
  const result = await execa(file, rest, {
    input: options.input ?? "",
    timeout: options.timeoutSec * 1000,
    killSignal: "SIGKILL",
    extendEnv: false,
    env: { ...minimalEnvironment(), ...options.env },
    reject: false,
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  });
  if (result.failed) {
    const how = result.timedOut
      ? `did not end within ${String(options.timeoutSec)} s`
      : result.isCanceled
        ? "was cancelled"
        : result.signal === undefined
          ? `ended with ${String(result.exitCode ?? result.code ?? "an error")}`
          : `was ended by ${result.signal}`;
    const last = (result.stderr || result.stdout).trim().split("\n").slice(-5).join("\n  ");
    throw new UnderlayError("command-failed", `${argv.slice(0, 12).join(" ")} ${how}.`, last === "" ? null : last);
  }
  return result.stdout;
}

/** Runs a command at the end of a connection and returns its standard output. */
export async function executeAt(
  connection: Connection,
  argv: readonly string[],
  options: ExecuteOptions,
): Promise<string> {
  return execute(commandLine(connection, argv), options);
}
