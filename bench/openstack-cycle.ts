import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pairedRatio } from "../measure/interval.ts";
import { execute } from "../provider/execute.ts";
import { packagesFolder } from "../test/lab/openstack/install.mjs";
import { credentials } from "../test/lab/openstack/lab.ts";
import { type Client, logIn } from "../test/lab/openstack/openstack-client.ts";
import type { Api } from "../test/lab/openstack/place.ts";
import type { Bench } from "./bench.ts";
import { inOpenstack, secondsOf } from "./labs.ts";

const pairs = 3;
const goal = 1;

/** What is there before and after, and how the server's user data reads. */
interface Surroundings {
  readonly image: string;
  readonly network: string;
  readonly subnet: string;
  readonly securityGroup: string;
  readonly keyPair: string;
  readonly userData: string;
}

/** Makes what both ways find, by the APIs themselves. */
async function surroundings(client: Client, folder: string): Promise<Surroundings> {
  const make = async (api: Api, path: string, kind: string, properties: object): Promise<string> => {
    const { body } = await client(api, path, { method: "POST", body: { [kind]: { name: "bench", ...properties } } });
    return (body as Record<string, { id: string }>)[kind]?.id ?? "";
  };
  const described = { name: "bench", container_format: "bare", disk_format: "raw", hw_machine_type: "q35" };
  const { body } = await client("glance", "/v2/images", { method: "POST", body: described });
  const image = (body as { id: string }).id;
  await client("glance", `/v2/images/${image}/file`, { method: "PUT", body: Buffer.from("tiny") });
  const network = await make("neutron", "/v2.0/networks", "network", {});
  const range = { network_id: network, cidr: "10.77.0.0/24", ip_version: 4 };
  const subnet = await make("neutron", "/v2.0/subnets", "subnet", range);
  const securityGroup = await make("neutron", "/v2.0/security-groups", "security_group", {});
  const key = join(folder, "key");
  await execute(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], { timeoutSec: 30 });
  const publicKey = readFileSync(`${key}.pub`, "utf8").trim();
  await make("nova", "/os-keypairs", "keypair", { type: "ssh", public_key: publicKey });
  const userData = join(folder, "user-data");
  const hostKeys = { ssh_keys: { ed25519_private: readFileSync(key, "utf8"), ed25519_public: publicKey } };
  writeFileSync(userData, `#cloud-config\n${JSON.stringify({ ssh_deletekeys: true, ...hostKeys })}\n`);
  return { image, network, subnet, securityGroup, keyPair: "bench", userData };
}

/** The same server as the stack's, made and removed as one types it. */
async function byClient(client: string, { image, network, subnet, securityGroup, keyPair, userData }: Surroundings) {
  const openstack = (...words: string[]): Promise<string> =>
    execute([client, ...words], { timeoutSec: 300, env: credentials() });
  const properties = ["pci_passthrough:alias=h100:1", "hw:cpu_policy=dedicated", "hw:numa_nodes=1"];
  const specs = [...properties, "hw:mem_page_size=large"].flatMap((property) => ["--property", property]);
  const size = ["--vcpus", "4", "--ram", "8192", "--disk", "1"];
  await openstack("flavor", "create", ...size, ...specs, "by-hand");
  const place = ["--network", network, "--fixed-ip", `subnet=${subnet}`, "--security-group", securityGroup];
  await openstack("port", "create", ...place, "by-hand");
  const given = ["--flavor", "by-hand", "--image", image, "--key-name", keyPair, "--port", "by-hand"];
  const drive = ["--use-config-drive", "--user-data", userData];
  await openstack("server", "create", ...given, ...drive, "--wait", "by-hand");
  await openstack("server", "delete", "--wait", "by-hand");
  await openstack("port", "delete", "by-hand");
  await openstack("flavor", "delete", "by-hand");
}

/** Making and removing a virtual machine with a GPU, beside the client of OpenStack. */
export const openstackCycle: Bench = {
  name: "openstack-cycle",
  title: "`up` and `destroy` of a VM with a PCI alias on the lab ÷ the same calls by the client of OpenStack, less 1",
  goal: `≤ ${goal.toFixed(1)}`,
  unit: "ratio",
  run: (progress) =>
    inOpenstack(progress, async ({ folder, stack: open }) => {
      const command = join(packagesFolder(), "venv", "bin", "openstack");
      const client = await logIn(credentials()["OS_PASSWORD"] ?? "", { project: "admin" });
      const there = await surroundings(client, folder);
      const program = fileURLToPath(new URL("../test/openstack/server/program.mjs", import.meta.url));
      const config = Object.entries<string>({ ...there }).map(([key, value]): [string, string] => [
        `test:${key}`,
        value,
      ]);
      const stack = await open(program, Object.fromEntries(config));
      const ways = {
        underlay: async () => {
          await stack.up();
          await stack.destroy();
        },
        client: () => byClient(command, there),
      };
      const seconds: Record<keyof typeof ways, number>[] = [];
      for (let pair = 0; pair < pairs; pair += 1) {
        // Which one goes first changes from pair to pair: neither has the warmer services.
        const first = pair % 2 === 0 ? await secondsOf(ways.underlay) : null;
        const byHand = await secondsOf(ways.client);
        seconds.push({ underlay: first ?? (await secondsOf(ways.underlay)), client: byHand });
        progress(`pair ${String(pair + 1)}: ${JSON.stringify(seconds.at(-1))}`);
      }
      const { ratio, interval } = pairedRatio(
        seconds.map(({ underlay, client: byHand }) => Math.log(underlay / byHand)),
        "pairs",
      );
      const value = (ratio ?? Number.NaN) - 1;
      const bounds = interval.value;
      const beyond = bounds === null ? null : { ...bounds, low: bounds.low - 1, high: bounds.high - 1 };
      return { value, n: pairs, interval: beyond, pass: value <= goal, detail: { seconds } };
    }),
};
