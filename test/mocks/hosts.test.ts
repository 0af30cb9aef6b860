import { expect } from "chai";
import type { Host } from "../../components/host.ts";
import { BareMetalHost, ContainerHost, LocalNetwork, Run, VmHost } from "../../components/index.ts";
import { factsOf } from "../fixtures/report/fixture.ts";
import { errorOf } from "../support/expect-error.ts";
import { attachmentOf, connectionOf, linkOf, listed, named, type Registered, run, runId, valueOf } from "./engine.ts";

const start = (): Run => new Run("run", { project: "underlay", stack: "test" });
const runLine = "underlay:index:Run run < stack";

/** Inputs of a sandbox that was asked for nothing special. */
function sandbox(name: string, own: Record<string, unknown>): Record<string, unknown> {
  return { name, runId, cpus: 1, firstCpu: 0, memoryMiB: 3072, volumes: [], ...own };
}

describe("a run", () => {
  it("is a resource of the project and stack, which gives the id", async () => {
    const { value, registered } = await run(start);
    expect(listed(registered)).to.deep.equal([runLine]);
    expect(named(registered, "run").inputs).to.deep.equal({ project: "underlay", stack: "test" });
    expect(await valueOf(value.runId)).to.equal(runId);
  });
});

describe("a bare-metal host", () => {
  it("is one sandbox of kind process, under the host, with every argument given", async () => {
    const volumes = [{ source: "/photographs", target: "/data/photographs" }];
    const { value, registered } = await run(() => {
      const host = new BareMetalHost("metal", { run: start(), cpus: 2, memoryMiB: 1024, volumes });
      return host;
    });
    expect(listed(registered)).to.deep.equal([
      runLine,
      "underlay:index:Sandbox metal-sandbox < underlay:local:BareMetalHost metal",
      "underlay:local:BareMetalHost metal < stack",
    ]);
    expect(named(registered, "metal-sandbox").inputs).to.deep.equal(
      sandbox("metal-sandbox", { kind: "process", environment: "bare-metal", cpus: 2, memoryMiB: 1024, volumes }),
    );
    expect(value.environment).to.equal("bare-metal");
    expect(value.containerConnection).to.equal(undefined);
    expect(await valueOf(value.connection)).to.deep.equal(connectionOf("metal-sandbox"));
    expect(await valueOf(value.facts)).to.deep.equal(factsOf("bare-metal"));
  });

  it("has one CPU and 3072 MiB unless it is given others", async () => {
    const { registered } = await run(() => new BareMetalHost("metal", { run: start() }));
    expect(named(registered, "metal-sandbox").inputs).to.deep.equal(
      sandbox("metal-sandbox", { kind: "process", environment: "bare-metal" }),
    );
  });

  it("may be made twice in one program", async () => {
    const { registered } = await run(() => {
      const own = start();
      return [new BareMetalHost("one", { run: own }), new BareMetalHost("two", { run: own })];
    });
    expect(listed(registered)).to.deep.equal([
      runLine,
      "underlay:index:Sandbox one-sandbox < underlay:local:BareMetalHost one",
      "underlay:index:Sandbox two-sandbox < underlay:local:BareMetalHost two",
      "underlay:local:BareMetalHost one < stack",
      "underlay:local:BareMetalHost two < stack",
    ]);
  });
});

describe("a virtual machine", () => {
  it("is one sandbox of kind vm, and the place where its containers start", async () => {
    const { value, registered } = await run(() => new VmHost("guest", { run: start() }));
    expect(listed(registered)).to.deep.equal([
      runLine,
      "underlay:index:Sandbox guest-sandbox < underlay:local:VmHost guest",
      "underlay:local:VmHost guest < stack",
    ]);
    expect(named(registered, "guest-sandbox").inputs).to.deep.equal(
      sandbox("guest-sandbox", { kind: "vm", environment: "vm" }),
    );
    expect(value.environment).to.equal("vm");
    expect(await valueOf(value.containerConnection)).to.deep.equal(connectionOf("guest-sandbox"));
  });

  it("may be made twice in one program", async () => {
    const { registered } = await run(() => {
      const own = start();
      return [new VmHost("one", { run: own }), new VmHost("two", { run: own })];
    });
    expect(registered).to.have.lengthOf(5);
    expect(named(registered, "one-sandbox").parent).to.equal("underlay:local:VmHost one");
    expect(named(registered, "two-sandbox").parent).to.equal("underlay:local:VmHost two");
  });
});

describe("a container", () => {
  it("on bare metal is started by the machine's own engine", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      return new ContainerHost("box", { run: own, on: new BareMetalHost("metal", { run: own }) });
    });
    expect(listed(registered)).to.deep.equal([
      runLine,
      "underlay:index:Sandbox box-sandbox < underlay:local:ContainerHost box",
      "underlay:index:Sandbox metal-sandbox < underlay:local:BareMetalHost metal",
      "underlay:local:BareMetalHost metal < stack",
      "underlay:local:ContainerHost box < stack",
    ]);
    expect(named(registered, "box-sandbox").inputs).to.deep.equal(
      sandbox("box-sandbox", {
        kind: "container",
        environment: "container-on-bare-metal",
        onFacts: factsOf("bare-metal"),
      }),
    );
    expect(value.environment).to.equal("container-on-bare-metal");
    expect(await valueOf(value.facts)).to.deep.equal(factsOf("container-on-bare-metal"));
  });

  it("on a virtual machine is the same component on another host, started over there", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      return new ContainerHost("box", { run: own, on: new VmHost("guest", { run: own }), memoryMiB: 2048 });
    });
    expect(listed(registered)).to.deep.equal([
      runLine,
      "underlay:index:Sandbox box-sandbox < underlay:local:ContainerHost box",
      "underlay:index:Sandbox guest-sandbox < underlay:local:VmHost guest",
      "underlay:local:ContainerHost box < stack",
      "underlay:local:VmHost guest < stack",
    ]);
    expect(named(registered, "box-sandbox").inputs).to.deep.equal(
      sandbox("box-sandbox", {
        kind: "container",
        environment: "container-on-vm",
        on: connectionOf("guest-sandbox"),
        onFacts: factsOf("vm"),
        memoryMiB: 2048,
      }),
    );
    expect(value.environment).to.equal("container-on-vm");
  });

  it("may be made twice on one host in one program", async () => {
    const { registered } = await run(() => {
      const own = start();
      const on = new VmHost("guest", { run: own });
      return [new ContainerHost("one", { run: own, on }), new ContainerHost("two", { run: own, on })];
    });
    expect(registered).to.have.lengthOf(7);
    for (const name of ["one", "two"]) {
      expect(named(registered, `${name}-sandbox`).inputs["on"]).to.deep.equal(connectionOf("guest-sandbox"));
    }
  });

  it("does not run on a container: an error that says what it runs on", async () => {
    const { registered } = await run(() => {
      const own = start();
      const on = new ContainerHost("box", { run: own, on: new BareMetalHost("metal", { run: own }) });
      const error = errorOf(() => new ContainerHost("inner", { run: own, on }));
      expect(error.code).to.equal("host-unsuitable");
      expect(error.message).to.match(/cannot run on "container-on-bare-metal"/);
      expect(error.hint).to.match(/bare-metal host or a virtual machine/);
    });
    expect(registered.filter(({ name }) => name.startsWith("inner"))).to.deep.equal([]);
  });
});

describe("a network", () => {
  const subnets = { subnet: "198.18.0.0/24", overlaySubnet: "198.19.0.0/24" };
  const link = linkOf({ name: "lan-network", ...subnets });
  const networkOf = (registered: readonly Registered[], name: string): unknown =>
    named(registered, `${name}-sandbox`).inputs["network"];

  it("is one resource under a component, at 1 Gbit/s unless it is given another rate", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      const slow = { rateMbitPerSec: 10, latencyMs: 2, subnet: "198.18.4.0/24", overlaySubnet: "198.18.5.0/24" };
      return [new LocalNetwork("lan", { run: own }), new LocalNetwork("slow", { run: own, ...slow })];
    });
    expect(listed(registered)).to.deep.equal([
      "underlay:index:Network lan-network < underlay:local:LocalNetwork lan",
      "underlay:index:Network slow-network < underlay:local:LocalNetwork slow",
      runLine,
      "underlay:local:LocalNetwork lan < stack",
      "underlay:local:LocalNetwork slow < stack",
    ]);
    expect(named(registered, "lan-network").inputs).to.deep.equal({ name: "lan-network", runId, ...subnets });
    expect(named(registered, "slow-network").inputs).to.deep.equal({
      ...{ name: "slow-network", runId, rateMbitPerSec: 10, latencyMs: 2 },
      ...{ subnet: "198.18.4.0/24", overlaySubnet: "198.18.5.0/24" },
    });
    expect(await valueOf(value[0]!.link)).to.deep.equal(link);
  });

  it("gives its hosts addresses in their order, and containers those of the overlay", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      const network = new LocalNetwork("lan", { run: own });
      const fixed = { network, address: "198.18.0.1", hostName: "ps" };
      const metal = new BareMetalHost("metal", { run: own, network: fixed });
      const guest = new VmHost("guest", { run: own, network: { network } });
      const box = new ContainerHost("box", { run: own, on: metal, network: { network } });
      new ContainerHost("inner", { run: own, on: guest, network: { network, overlay: "host" } });
      return box;
    });
    expect(networkOf(registered, "metal")).to.deep.equal({ link, hostName: "ps", address: "198.18.0.1" });
    expect(networkOf(registered, "guest")).to.deep.equal({ link, hostName: "guest", address: "198.18.0.2" });
    const overlay = { link, hostName: "box", address: "198.19.0.1", overlay: "vxlan" };
    expect(networkOf(registered, "box")).to.deep.equal(overlay);
    expect(named(registered, "box-sandbox").inputs["onAttachment"]).to.deep.equal(attachmentOf("metal-sandbox"));
    expect(networkOf(registered, "inner")).to.deep.equal({ link, hostName: "inner", overlay: "host" });
    expect(named(registered, "inner-sandbox").inputs["onAttachment"]).to.deep.equal(attachmentOf("guest-sandbox"));
    expect(await valueOf(value.attachment!)).to.deep.equal(attachmentOf("box-sandbox"));
  });

  it("gives no address twice, none of another range, and no more than it has", async () => {
    await run(() => {
      const network = new LocalNetwork("lan", { run: start(), subnet: "198.18.0.0/30" });
      expect(network.takeAddress("subnet", "two", "198.18.0.2")).to.equal("198.18.0.2");
      const errors = [["again", "198.18.0.2"] as const, ["elsewhere", "198.18.1.1"] as const].map(([host, address]) =>
        errorOf(() => network.takeAddress("subnet", host, address)),
      );
      expect(network.takeAddress("subnet", "one")).to.equal("198.18.0.1");
      errors.push(errorOf(() => network.takeAddress("subnet", "three")));
      expect(errors.map(({ code }) => code)).to.deep.equal(errors.map(() => "address-unavailable"));
      expect(errors[0]?.message).to.match(/"again" cannot have the address 198\.18\.0\.2: it is that of "two"/);
      expect(errors[1]?.message).to.match(/"elsewhere" cannot have the address 198\.18\.1\.1\./);
      expect(errors[2]?.message).to.match(/no address left in 198\.18\.0\.0\/30 for "three"/);
    });
  });

  it("is not joined by a container whose host has not joined: an error that says so", async () => {
    const { registered } = await run(() => {
      const own = start();
      const network = new LocalNetwork("lan", { run: own });
      const on = new BareMetalHost("metal", { run: own });
      const error = errorOf(() => new ContainerHost("box", { run: own, on, network: { network } }));
      expect(error.code).to.equal("host-unsuitable");
      expect(error.hint).to.match(/Give the host the same `network`/);
    });
    expect(registered.filter(({ name }) => name.startsWith("box"))).to.deep.equal([]);
  });
});

describe("a preview", () => {
  it("shows every resource, although nothing is known of any", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      const guest = new VmHost("guest", { run: own });
      const hosts: Host[] = [guest, new ContainerHost("box", { run: own, on: guest })];
      return hosts;
    }, true);
    expect(listed(registered)).to.deep.equal([
      runLine,
      "underlay:index:Sandbox box-sandbox < underlay:local:ContainerHost box",
      "underlay:index:Sandbox guest-sandbox < underlay:local:VmHost guest",
      "underlay:local:ContainerHost box < stack",
      "underlay:local:VmHost guest < stack",
    ]);
    for (const host of value) {
      expect(await valueOf(host.connection)).to.equal(undefined);
      expect(await valueOf(host.facts)).to.equal(undefined);
    }
    const { name, kind, environment, cpus } = named(registered, "box-sandbox").inputs;
    expect({ name, kind, environment, cpus }).to.deep.equal({
      name: "box-sandbox",
      kind: "container",
      environment: "container-on-vm",
      cpus: 1,
    });
  });
});
