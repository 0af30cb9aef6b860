import type { Connection } from "./connection.ts";

/** Who logs in where. */
export interface SshLogin {
  /** Name, address, or an alias of `~/.ssh/config`; it does not begin with a dash, which would be an option. */
  readonly host: string;
  /** Login name there. @default that of `ssh` */
  readonly user?: string | undefined;
  /** 1 to 65535. @default that of `ssh` */
  readonly port?: number | undefined;
  /** File of the private key on the machine at hand. @default those of `ssh` */
  readonly identityFile?: string | undefined;
}

/** Commands of a hop that change how a program runs on a host, and not where. */
const wrappers: ReadonlySet<string> = new Set(["env", "taskset", "prlimit"]);

/** Whether a connection ends at a login on another host, and not in a container on it or a guest of this machine. */
export function endsInLogin({ hops: [first, ...rest] }: Connection): boolean {
  return first?.argv[0] === "ssh" && rest.every(({ argv: [word = ""] }) => wrappers.has(word));
}

/**
 * The way into a host by the system's ssh, with the user's own configuration, agent and keys. Without a terminal nobody can
 * answer, and an unknown host is an error.
 *
 * @param login who, and where
 * @param more further options, each as `Name=value`
 */
export function sshHop(login: SshLogin, more: readonly string[] = []): Connection {
  const { host, user, port, identityFile } = login;
  const options = [
    ...["BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=15", "ServerAliveInterval=15"],
    ...more,
    ...(identityFile === undefined ? [] : [`IdentityFile=${identityFile}`]),
  ];
  const argv = [
    ...["ssh", "-T", ...options.flatMap((option) => ["-o", option])],
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === undefined ? [] : ["-l", user]),
    ...["--", host],
  ];
  return { hops: [{ argv, shell: true }] };
}
