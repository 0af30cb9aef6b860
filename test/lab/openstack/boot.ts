// The lab's first program, inside of its places: starts every service, waits until all of them work, and stays.
import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { messageOf } from "../../../measure/error.ts";
import { writeStatus } from "./status.ts";
import { logIn } from "./openstack-client.ts";
import { inside, ports, url } from "./place.ts";
import { seed } from "./seed.ts";
import { first, mariadb, rabbit, rest, type Service } from "./services.ts";

const path = `${join(inside.packages, "venv", "bin")}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`;
const environment = {
  PATH: path,
  LANG: "C.UTF-8",
  PYTHONWARNINGS: "ignore",
  PYTHONPATH: inside.drivers,
  HOME: inside.state,
};
/** Waits, in seconds, until one thing is there. */
const patience = 240;
/** What ended by itself, and how: the lab is no lab without it. */
const endings: string[] = [];

const logOf = (name: string): string => join(inside.state, "log", `${name}.out`);
const say = (text: string): void => writeStatus(inside.state, { phase: "starting", text });

function start({ name, argv, env = {} }: Service): void {
  const [file = "", ...args] = argv;
  const log = openSync(logOf(name), "a");
  const child = spawn(file, args, {
    env: { ...environment, ...env, UNDERLAY_LAB: name },
    stdio: ["ignore", log, log],
  });
  const tell = (how: string): void => {
    endings.push(`${name} ${how}`);
  };
  child.on("error", ({ message }) => tell(message));
  child.on("exit", (code, signal) => tell(`ended with ${String(code ?? signal)}`));
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + patience * 1000;
  while (!(await Promise.resolve(holds()).catch(() => false))) {
    if (endings.length > 0) {
      throw new Error(`${endings.join(", ")} while the lab waited for ${what}`);
    }
    if (Date.now() > end) {
      throw new Error(`gave up waiting for ${what} after ${String(patience)} s`);
    }
    await sleep(300);
  }
}

const tool = (file: string, ...args: string[]): Promise<unknown> =>
  execa(file, args, { env: environment, extendEnv: false, timeout: 120_000 });

async function answers(address: string): Promise<boolean> {
  const { status } = await fetch(address, { signal: AbortSignal.timeout(20_000) });
  return status < 500;
}

async function bootstrapKeystone(password: string): Promise<void> {
  const keystone = ["--config-file", join(inside.state, "etc", "keystone", "keystone.conf")];
  const owner = ["--keystone-user", "root", "--keystone-group", "root"];
  await Promise.all(
    ["fernet_setup", "credential_setup"].map((each) => tool("keystone-manage", ...keystone, each, ...owner)),
  );
  const urls = ["public", "internal"].flatMap((kind) => [`--bootstrap-${kind}-url`, url("keystone")]);
  const args = [...keystone, "bootstrap", "--bootstrap-region-id", "lab", ...urls];
  await execa("keystone-manage", args, {
    env: { ...environment, OS_BOOTSTRAP_PASSWORD: password },
    extendEnv: false,
    timeout: 120_000,
  });
}

/** Whether both computes are up and the one with GPUs is known to the scheduler. */
async function computesAreUp(password: string): Promise<boolean> {
  const client = await logIn(password, { project: "admin" });
  const services = (await client("nova", "/os-services?binary=nova-compute")).body as { services: { state: string }[] };
  const hypervisors = (await client("nova", "/os-hypervisors")).body as { hypervisors: { state: string }[] };
  const up = ({ state }: { state: string }): boolean => state === "up";
  return services.services.filter(up).length === 2 && hypervisors.hypervisors.some(up);
}

async function boot(password: string): Promise<void> {
  say("starting MariaDB and RabbitMQ");
  start(mariadb);
  start(rabbit);
  await until("MariaDB", async () => {
    await tool("mariadb", "--no-defaults", "-uroot", "-S", join(inside.state, "mariadb.sock"), "-e", "select 1");
    return true;
  });
  say("starting Keystone and Placement");
  await bootstrapKeystone(password);
  first.forEach(start);
  await until("Keystone", () => answers(url("keystone")));
  await seed(password);
  await until("RabbitMQ", () => readFileSync(logOf("rabbit"), "utf8").includes("Starting broker... completed"));
  say(`starting ${rest.map(({ name }) => name).join(", ")}`);
  rest.forEach(start);
  for (const api of Object.keys(ports) as (keyof typeof ports)[]) {
    await until(api, () => answers(url(api)));
    say(`${api} answers`);
  }
  // Of bare metal there is no node yet that would make its compute known.
  await until("both computes", () => computesAreUp(password));
  await tool(
    "nova-manage",
    "--config-file",
    join(inside.state, "etc/nova/nova.conf"),
    "cell_v2",
    "discover_hosts",
    "--by-service",
  );
  writeStatus(inside.state, { phase: "ready", text: "every service works" });
}

const password = readFileSync(join(inside.state, "password"), "utf8").trim();
try {
  await boot(password);
  while (endings.length === 0) {
    await sleep(500);
  }
  throw new Error(`${endings.join(", ")} after the lab had started`);
} catch (thrown) {
  writeStatus(inside.state, { phase: "failed", text: messageOf(thrown) });
  process.exit(1);
}
