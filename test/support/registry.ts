/** A registry of images on this machine, that of Debian: unpacked into the cache, never installed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unpackArchives } from "../../tools/apt.mjs";
import { cached } from "../../tools/cache.mjs";
import { cacheFolder } from "../../tools/paths.mjs";
import { run } from "../../tools/run.mjs";

/** Who may log in; the password is kept by bcrypt, as registries read no other. */
export const login = { username: "tester", password: "correct horse" };
const hash = "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";

const log = (): void => undefined;

/**
 * The registry's program.
 *
 * @returns its path, or why it is not to be had here
 */
export async function registryProgram(): Promise<{ readonly file: string } | { readonly reason: string }> {
  try {
    const folder = await cached(path.join(cacheFolder, "test-registry"), "debian", async (building) => {
      const archives = path.join(building, "archives");
      mkdirSync(archives);
      const options = ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3"];
      await run("apt-get", [...options, "download", "docker-registry"], { cwd: archives, timeoutSec: 120, log });
      await unpackArchives(archives, path.join(building, "tree"), log);
    });
    return { file: path.join(folder, "tree", "usr", "bin", "docker-registry") };
  } catch (thrown) {
    return { reason: `Debian's docker-registry could not be had: ${thrown instanceof Error ? thrown.message : ""}` };
  }
}

/** A registry that runs. */
export interface Registry {
  /** Host and port. */
  readonly host: string;
  /** What it has at a path of its interface, asked for by who may log in. */
  ask(path: string): Promise<{ readonly status: number; readonly digest: string | null; readonly body: string }>;
  end(): Promise<void>;
}

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function waitUntilUp(child: ChildProcess, host: string): Promise<void> {
  const ended: { code?: number | null } = {};
  child.once("exit", (code) => (ended.code = code));
  while (ended.code === undefined) {
    const status = await fetch(`http://${host}/v2/`).then(
      (answer) => answer.status,
      () => null,
    );
    if (status === 401) return;
    await sleep(20);
  }
  throw new Error(`the registry ended with ${String(ended.code)}`);
}

/** Starts one that keeps its images in a folder, over plain HTTP, at an address of this machine. */
export async function startRegistry(file: string, folder: string, address = "127.0.0.1"): Promise<Registry> {
  const host = `${address}:${String(await freePort(address))}`;
  const [passwords, configuration] = [path.join(folder, "passwords"), path.join(folder, "registry.yml")];
  mkdirSync(folder, { recursive: true });
  writeFileSync(passwords, `${login.username}:${hash}\n`);
  const settings = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: path.join(folder, "images") } },
    http: { addr: host },
    auth: { htpasswd: { realm: "test", path: passwords } },
  };
  writeFileSync(configuration, JSON.stringify(settings)); // YAML reads JSON.
  const child = spawn(file, ["serve", configuration], { stdio: "ignore" });
  await waitUntilUp(child, host);
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  return {
    host,
    ask: async (of) => {
      const accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
      const answer = await fetch(`http://${host}${of}`, { headers: { authorization, accept } });
      const digest = answer.headers.get("docker-content-digest");
      return { status: answer.status, digest, body: await answer.text() };
    },
    end: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
