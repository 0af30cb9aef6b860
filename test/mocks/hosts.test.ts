import { expect } from "chai";
import type { Host } from "../../components/host.ts";
import { BareMetalHost, ContainerHost, Run, VmHost } from "../../components/index.ts";
import { factsOf } from "../fixtures/report/fixture.ts";
import { errorOf } from "../support/expect-error.ts";
import { connectionOf, listed, named, run, runId, valueOf } from "./engine.ts";

const start = (): Run => new Run("run", { project: "underlay", stack: "test" });
const runLine = "underlay:index:Run run < stack";

/** Inputs of a sandbox that was asked for nothing special. */
function sandbox(name: string, own: Record<string, unknown>): Record<string, unknown> {
  return { name, runId, cpus: 1, memoryMiB: 3072, volumes: [], ...own };
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
