import { expect } from "chai";
import { execute, executeAt, identityVariables } from "../../provider/execute.ts";
import { type Attachment, attachmentSchema, type NetworkLink, networkLinkSchema } from "../../measure/network.ts";
import { connectionSchema } from "../../provider/connection.ts";
import type { NetworkFacts } from "../../measure/network-facts.ts";
import { networkInputsSchema, type SandboxInputs, sandboxInputsSchema } from "../../provider/inputs.ts";
import { findLeftovers, sharedName } from "../../provider/leftovers.ts";
import { readMachine } from "../../provider/machine.ts";
import { networkHandler } from "../../provider/network.ts";
import { overlayModules } from "../../provider/network/modules.ts";
import { namespacePath } from "../../provider/network/namespace.ts";
import { portName } from "../../provider/network/link.ts";
import { probeNetwork, type ProbedHost } from "../../provider/network-probe.ts";
import type { State } from "../../provider/resource-handler.ts";
import { clearRun, makeRunId } from "../../provider/run.ts";
import { sandboxHandler } from "../../provider/sandbox.ts";
import { whyNot } from "../../stacks/availability.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { quietOperation } from "../support/operation.ts";
import { skip } from "../support/skip.ts";

const warnings: string[] = [];
const operation = quietOperation(warnings);

interface Joined extends ProbedHost {
  readonly inputs: SandboxInputs;
  readonly state: State;
}

/** A run with networks and hosts on them. */
class Networked {
  readonly runId = makeRunId();
  readonly env = identityVariables(this.runId, "asking");
  readonly #hosts: Joined[] = [];
  readonly #networks: { name: string; state: State }[] = [];

  async network(name: string, shape: Record<string, unknown> = {}): Promise<NetworkLink> {
    const inputs = networkInputsSchema.parse({ name, runId: this.runId, ...shape });
    const { outputs } = await networkHandler.create(inputs, operation);
    this.#networks.push({ name, state: outputs });
    return networkLinkSchema.parse(outputs["link"]);
  }

  async networkStands(name: string): Promise<boolean> {
    const inputs = networkInputsSchema.parse({ name, runId: this.runId });
    return (await networkHandler.read("", inputs, {}, operation)) !== null;
  }

  async join(link: NetworkLink, kind: "process" | "vm", hostName: string, address: string): Promise<Joined> {
    return this.#make({ name: hostName, kind, network: { link, hostName, address } });
  }

  async container(link: NetworkLink, on: Joined, hostName: string, network: Record<string, unknown>): Promise<Joined> {
    const inside = on.inputs.kind === "vm" ? { on: on.connection } : {};
    return this.#make({
      ...{ name: hostName, kind: "container", network: { link, hostName, ...network } },
      ...{ onFacts: on.state["facts"], onAttachment: on.attachment, ...inside },
    });
  }

  async #make(own: Record<string, unknown>): Promise<Joined> {
    const environment = own["kind"] === "vm" ? "vm" : "bare-metal";
    const inputs = sandboxInputsSchema.parse({ runId: this.runId, environment, cpus: 1, memoryMiB: 384, ...own });
    const { outputs } = await sandboxHandler.create(inputs, operation);
    const connection = connectionSchema.parse(outputs["connection"]);
    const host = { inputs, state: outputs, connection, attachment: attachmentSchema.parse(outputs["attachment"]) };
    this.#hosts.push(host);
    return host;
  }

  ask(host: Joined, ...argv: string[]): Promise<string> {
    return executeAt(host.connection, argv, { timeoutSec: 30, env: this.env });
  }

  /** Whether one host can open a connection to a name or address: refused by a kernel is reached. */
  async reaches(from: Joined, to: string): Promise<boolean> {
    const script = [
      "import socket, sys",
      "try: socket.create_connection((sys.argv[1], 9), timeout=2)",
      "except ConnectionRefusedError: print(True)",
      "except OSError: print(False)",
    ];
    return (await this.ask(from, "python3", "-c", script.join("\n"), to)) === "True";
  }

  stands({ inputs, state }: Joined): Promise<boolean> {
    return sandboxHandler.read("", inputs, state, operation).then((now) => now !== null);
  }

  async remove(host: Joined): Promise<void> {
    this.#hosts.splice(this.#hosts.indexOf(host), 1);
    await sandboxHandler.delete("", host.inputs, host.state, operation);
  }

  async removeAll(): Promise<void> {
    for (const host of this.#hosts.toReversed()) {
      await this.remove(host);
    }
    for (const { name, state } of this.#networks.splice(0)) {
      const inputs = networkInputsSchema.parse({ name, runId: this.runId });
      await networkHandler.delete("", inputs, state, operation);
    }
  }

  async leftovers(): Promise<string[]> {
    const left = (await findLeftovers(readMachine())).filter(({ runId }) => runId === this.runId);
    return left.filter(({ kind }) => kind !== "directory").map(({ kind, name }) => `${kind} ${name}`);
  }
}

/** Names of the machine's own network devices. */
async function devices(): Promise<string[]> {
  const list = await execute(["ip", "-oneline", "link", "show"], { timeoutSec: 10 });
  return list.split("\n").map((line) => line.split(": ")[1] ?? "");
}

/** Whether this machine's kernel can delay packets: tried where it does no harm. */
async function delays(): Promise<boolean> {
  const command = ["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"];
  return execute(command, { timeoutSec: 10 }).then(
    () => true,
    () => false,
  );
}

const addressOf = (attachment: Attachment): string => attachment.overlayAddress ?? attachment.address;

describe("a real network", function () {
  this.timeout(240_000);
  const run = new Networked();
  let before_: string[] = [];
  let link: NetworkLink;

  before(async function () {
    if (process.getuid?.() !== 0) {
      skip(this, "a network between hosts needs root");
    }
    before_ = await devices();
    link = await run.network("lan");
  });
  after(async () => {
    await run.removeAll();
    await clearRun(run.runId);
  });

  describe("of two processes", () => {
    let one: Joined;
    let two: Joined;
    before(async () => {
      one = await run.join(link, "process", "one", "198.18.0.1");
      two = await run.join(link, "process", "two", "198.18.0.2");
    });

    it("lets each reach the other, by name and by address", async () => {
      expect(await run.reaches(one, "two")).to.equal(true);
      expect(await run.reaches(two, "one")).to.equal(true);
      expect(await run.reaches(one, "198.18.0.2")).to.equal(true);
    });

    it("leads nowhere else", async () => {
      expect((await run.ask(one, "ip", "route", "show")).trim()).to.equal(
        "198.18.0.0/24 dev eth0 proto kernel scope link src 198.18.0.1",
      );
      const [own = ""] = (await execute(["hostname", "-I"], { timeoutSec: 10 })).split(" ");
      for (const address of [own, "198.18.0.254", "192.0.2.1"].filter((each) => each !== "")) {
        expect(await run.reaches(one, address), address).to.equal(false);
      }
    });

    it("holds its rate, both ways", async () => {
      for (const pair of [
        [one, two],
        [two, one],
      ]) {
        const [facts] = await probeNetwork(pair, { env: run.env });
        expect(facts?.throughputMbitPerSec).to.be.within(850, 1000);
        expect(facts).to.include({ n: 100, mtuBytes: 1500, configuredMbitPerSec: 1000, overlay: "none" });
        expect(facts?.roundTripMs).to.be.below(2);
      }
    });

    it("refuses a name and an address that another has", async () => {
      const name = await rejectionOf(run.join(link, "process", "three", "198.18.0.2"));
      expect(name.code).to.equal("network-taken");
      expect(name.message).to.match(/two already has the address 198\.18\.0\.2/);
      expect(await run.reaches(one, "two")).to.equal(true);
    });

    it("forgets a host that left, and notices a link that is gone", async () => {
      const three = await run.join(link, "process", "three", "198.18.0.3");
      expect(await run.reaches(one, "three")).to.equal(true);
      await run.remove(three);
      expect(await run.ask(one, "cat", "/etc/hosts")).not.to.include("three");
      expect(await run.stands(two)).to.equal(true);
      const network = namespacePath(sharedName(run.runId, "lan"));
      await execute(["nsenter", `--net=${network}`, "ip", "link", "delete", portName("two")], { timeoutSec: 10 });
      expect(await run.stands(two)).to.equal(false);
      expect(await run.networkStands("lan")).to.equal(true);
    });
  });

  describe("of another shape", () => {
    const far = async (name: string, shape: Record<string, unknown>, seconds: number): Promise<NetworkFacts> => {
      const own = await run.network(name, { subnet: "198.18.1.0/24", ...shape });
      const hosts = [
        await run.join(own, "process", `${name}-near`, "198.18.1.1"),
        await run.join(own, "process", `${name}-far`, "198.18.1.2"),
      ];
      const [facts] = await probeNetwork(hosts, { env: run.env, seconds });
      return facts!;
    };

    it("holds another rate", async () => {
      expect((await far("slow", { rateMbitPerSec: 50 }, 2)).throughputMbitPerSec).to.be.within(50 * 0.85, 50);
    });

    it("holds a latency", async function () {
      if (!(await delays())) {
        skip(this, "this machine's kernel has no netem");
      }
      expect((await far("late", { latencyMs: 5 }, 1)).roundTripMs).to.be.within(10, 12);
    });

    it("says so when the kernel cannot hold a latency, and leaves nothing half made", async function () {
      if (await delays()) {
        skip(this, "this machine's kernel has netem");
      }
      const error = await rejectionOf(run.network("late", { latencyMs: 5, subnet: "198.18.2.0/24" }));
      expect(error.code).to.equal("latency-unavailable");
      expect(error.message).to.match(/latencyMs is 5.*qdisc/);
      expect(await run.networkStands("late")).to.equal(false);
    });
  });

  describe("with other kinds of host", () => {
    it("takes in containers: by VXLAN with addresses of their own, or by their host's link", async function () {
      const reason = whyNot(readMachine(), "container-on-bare-metal");
      if (reason !== null) {
        skip(this, reason);
      }
      const [a, b] = [
        await run.join(link, "process", "a", "198.18.0.11"),
        await run.join(link, "process", "b", "198.18.0.12"),
      ];
      const boxA = await run.container(link, a, "box-a", { address: "198.19.0.1" });
      const boxB = await run.container(link, b, "box-b", { address: "198.19.0.2" });
      const [facts] = await probeNetwork([boxA, boxB], { env: run.env });
      expect(facts).to.include({ mtuBytes: 1450, overlay: "vxlan" });
      expect(facts?.throughputMbitPerSec).to.be.within(800, 1000);
      expect([boxA, boxB].map(({ attachment }) => addressOf(attachment))).to.deep.equal(["198.19.0.1", "198.19.0.2"]);
      expect(boxA.attachment.address).to.equal("198.18.0.11");
      expect(await run.reaches(boxA, "box-b")).to.equal(true);

      const shared = await run.container(link, a, "box-c", { overlay: "host" });
      expect(shared.attachment.address).to.equal("198.18.0.11");
      expect(await run.reaches(shared, "b")).to.equal(true);
      const [direct] = await probeNetwork([shared, b], { env: run.env });
      expect(direct).to.include({ mtuBytes: 1500, overlay: "host" });
      expect(await run.stands(boxA)).to.equal(true);
    });

    it("takes in a virtual machine, and a container inside it", async function () {
      const machine = readMachine();
      const reason = whyNot(machine, "container-on-vm");
      if (reason !== null) {
        skip(this, reason);
      }
      const guest = await run.join(link, "vm", "guest", "198.18.0.21");
      const metal = await run.join(link, "process", "metal", "198.18.0.22");
      expect(await run.reaches(guest, "metal")).to.equal(true);
      expect(await run.reaches(metal, "guest")).to.equal(true);
      const [facts] = await probeNetwork([guest, metal], { env: run.env });
      expect(facts?.throughputMbitPerSec).to.be.within(850, 1000);
      const shared = await run.container(link, guest, "inner", { overlay: "host" });
      expect(await run.reaches(shared, "metal")).to.equal(true);
      await run.remove(shared);
      expect(await run.stands(guest)).to.equal(true);
      if (machine.guestKernel !== null && overlayModules(machine.guestKernel).length === 0) {
        skip(this, "the guest's kernel comes without the modules of VXLAN: set up again");
      }
      const inner = await run.container(link, guest, "inner", { address: "198.19.0.21" });
      const outer = await run.container(link, metal, "outer", { address: "198.19.0.22" });
      expect(await run.reaches(inner, "outer")).to.equal(true);
      const [over] = await probeNetwork([inner, outer], { env: run.env });
      expect(over).to.include({ mtuBytes: 1450, overlay: "vxlan" });
      expect(await run.stands(inner)).to.equal(true);
    });
  });

  describe("that is removed", () => {
    it("leaves nothing: no namespace, no link, no name", async () => {
      await run.removeAll();
      expect(await run.leftovers()).to.deep.equal([]);
      expect(await run.networkStands("lan")).to.equal(false);
      expect(await devices()).to.deep.equal(before_);
      expect(warnings.filter((line) => !line.includes("is gone"))).to.deep.equal([]);
    });
  });
});
