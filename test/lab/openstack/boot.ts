// The lab's first program, inside of its places: starts every service, and waits until all of them work.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { Services } from "../first-program.ts";
import { logIn } from "./openstack-client.ts";
import { type Api, inside, ports, url } from "./place.ts";
import { seed } from "./seed.ts";
import { first, mariadb, rabbit, rest } from "./services.ts";

const environment = {
  PATH: `${join(inside.packages, "venv", "bin")}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`,
  LANG: "C.UTF-8",
  PYTHONWARNINGS: "ignore",
  PYTHONPATH: inside.drivers,
  HOME: inside.state,
};
const services = new Services(inside.state, environment);

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
  const found = (await client("nova", "/os-services?binary=nova-compute")).body as { services: { state: string }[] };
  const hypervisors = (await client("nova", "/os-hypervisors")).body as { hypervisors: { state: string }[] };
  const up = ({ state }: { state: string }): boolean => state === "up";
  return found.services.filter(up).length === 2 && hypervisors.hypervisors.some(up);
}

async function boot(): Promise<void> {
  const password = readFileSync(join(inside.state, "password"), "utf8").trim();
  services.say("starting MariaDB and RabbitMQ");
  services.start(mariadb);
  services.start(rabbit);
  await services.until("MariaDB", async () => {
    await tool("mariadb", "--no-defaults", "-uroot", "-S", join(inside.state, "mariadb.sock"), "-e", "select 1");
    return true;
  });
  services.say("starting Keystone and Placement");
  await bootstrapKeystone(password);
  first.forEach((each) => services.start(each));
  await services.until("Keystone", () => answers(url("keystone")));
  await seed(password);
  const rabbitLog = services.logOf("rabbit");
  await services.until("RabbitMQ", () => readFileSync(rabbitLog, "utf8").includes("Starting broker... completed"));
  services.say(`starting ${rest.map(({ name }) => name).join(", ")}`);
  rest.forEach((each) => services.start(each));
  for (const api of Object.keys(ports) as Api[]) {
    await services.until(api, () => answers(url(api)));
    services.say(`${api} answers`);
  }
  // Of bare metal there is no node yet that would make its compute known.
  await services.until("both computes", () => computesAreUp(password));
  const nova = ["--config-file", join(inside.state, "etc/nova/nova.conf")];
  await tool("nova-manage", ...nova, "cell_v2", "discover_hosts", "--by-service");
}

await services.run(boot, "every service works");
