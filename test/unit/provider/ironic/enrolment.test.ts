import { expect } from "chai";
import { enrolmentHandlerOf } from "../../../../provider/ironic/enrolment.ts";
import { type EnrolmentInputs, enrolmentInputsSchema } from "../../../../provider/ironic/inputs.ts";
import { type Operation, PartialFailure } from "../../../../provider/resource-handler.ts";
import { rejectionOf } from "../../../support/expect-error.ts";
import { IronicServer } from "../../../support/ironic-server.ts";
import { quietOperation } from "../../../support/operation.ts";

const inputsOf = (more: Record<string, unknown> = {}): EnrolmentInputs =>
  enrolmentInputsSchema.parse({
    nodeName: "rack1-node4",
    driver: "redfish",
    bmc: { address: "https://192.0.2.7", username: "operator", password: "not-for-anybody" },
    resourceClass: "baremetal.h100",
    traits: ["CUSTOM_GPU_H100"],
    ports: [{ address: "52:54:00:12:34:56" }],
    ...more,
  });

describe("the enrolment of a node", () => {
  const server = new IronicServer();
  let operation: Operation;
  let warnings: string[];

  const handler = (variables: Record<string, string> = server.variables) => enrolmentHandlerOf(variables, 1);
  const create = (more: Record<string, unknown> = {}) => handler().create(inputsOf(more), operation);
  const targets = (): string[] =>
    server.asked.flatMap((line) => /PUT .*\/states\/provision (\w+)/.exec(line)?.[1] ?? []);
  /** What a creation leaves with the engine when it fails. */
  const partOf = async (work: Promise<unknown>): Promise<PartialFailure> => {
    try {
      await work;
    } catch (thrown) {
      expect(thrown).to.be.instanceOf(PartialFailure);
      return thrown as PartialFailure;
    }
    throw new Error("nothing was thrown");
  };
  const only = () => [...server.nodes.values()][0]!;

  before(() => server.open());
  after(() => server.close());
  beforeEach(() => {
    server.nodes.clear();
    server.ports.clear();
    server.asked.length = 0;
    server.endless.clear();
    server.trouble.clear();
    server.refusals.length = 0;
    server.schedulerLooks = null;
    server.onRequest = () => undefined;
    warnings = [];
    operation = {
      ...quietOperation(warnings),
      urn: "urn:pulumi:test::underlay::underlay:index:IronicNodeEnrolment::node",
    };
  });

  it("goes from enrol over manage to provide, with what it was given", async () => {
    const { id, outputs } = await create();
    expect(targets()).to.deep.equal(["manage", "provide"]);
    expect(outputs).to.include({ nodeId: id, provisionState: "available" });
    expect(only()).to.deep.include({
      name: "rack1-node4",
      resource_class: "baremetal.h100",
      traits: ["CUSTOM_GPU_H100"],
      power_state: "power off",
      driver_info: {
        redfish_address: "https://192.0.2.7",
        redfish_username: "operator",
        redfish_password: "not-for-anybody",
      },
    });
    expect([...server.ports.values()]).to.have.lengthOf(1);
    expect([...server.ports.values()][0]).to.include({
      node_uuid: id,
      address: "52:54:00:12:34:56",
      pxe_enabled: true,
    });
  });

  it("inspects before it provides, where that is asked for, and once", async () => {
    const { id, outputs } = await create({ inspect: true });
    expect(targets()).to.deep.equal(["manage", "inspect", "provide"]);
    await handler().update!(id, inputsOf({ inspect: true }), outputs, operation);
    expect(targets()).to.deep.equal(["manage", "inspect", "provide"]);
  });

  it("is done when the scheduler may place servers on the node", async () => {
    server.schedulerLooks = 2;
    await create();
    const looks = server.asked.filter((line) => line.startsWith("GET /placement"));
    expect(looks).to.have.lengthOf(3);
    expect(server.asked).to.include("GET /compute/os-hypervisors");
    expect(warnings).to.be.empty;
  });

  it("waits for no scheduler that answers this user not, and says so", async () => {
    server.schedulerLooks = 2;
    server.refusals.push({ match: /GET .placement/, status: 403, fault: "Access was denied to this resource." });
    await create();
    expect(warnings.join()).to.match(/OS_PROJECT_NAME.* no valid host/);
  });

  it("asks for the system's scope unless told otherwise", async () => {
    const error = await rejectionOf(create({ scope: "project" }));
    expect(error.code).to.equal("openstack-not-configured");
    expect(error.message).to.include("OS_PROJECT_NAME");
  });

  it("logs in again when its token expires on the way", async () => {
    const before = server.logins;
    server.onRequest = (line) => {
      if (line.endsWith("provide")) {
        server.tokenExpired = true;
        server.onRequest = () => undefined;
      }
    };
    await create();
    expect(server.logins - before).to.equal(3, "for the nodes, once more for them, and for the scheduler");
  });

  it("says which password is wrong: the user's", async () => {
    const wrong = { ...server.variables, OS_PASSWORD: "simsim" };
    const error = await rejectionOf(handler(wrong).create(inputsOf(), operation));
    expect(error.code).to.equal("openstack-unauthorised");
    expect(error.message).to.include("requires authentication");
    expect(error.message).to.not.include("simsim");
  });

  it("says which password is wrong: the controller's; and goes on once it is right", async () => {
    server.trouble.set("manage", { state: "enroll", lastError: "HTTP 401 from the BMC: authentication failed" });
    const part = await partOf(create());
    expect(part.message).to.include("The BMC of rack1-node4 refused its credentials");
    expect(part.message).to.not.include("not-for-anybody");
    expect(part.id).to.equal(only().uuid);
    expect(handler().unfinished?.(part.properties)).to.equal(true);
    const right = inputsOf({ bmc: { address: "https://192.0.2.7", username: "operator", password: "right" } });
    const outputs = await handler().update!(part.id, right, part.properties, operation);
    expect(outputs["provisionState"]).to.equal("available");
    expect(only()["driver_info"]).to.include({ redfish_password: "right" });
    expect(handler().unfinished?.(outputs)).to.equal(false);
  });

  it("tells a controller that is not reached from one that refuses", async () => {
    server.trouble.set("manage", { state: "enroll", lastError: "Connection to 192.0.2.7 timed out" });
    expect((await partOf(create())).message).to.include("Ironic cannot control rack1-node4");
  });

  it("keeps a node whose cleaning failed, and cleans it anew", async () => {
    server.trouble.set("provide", { state: "clean failed", lastError: "/dev/nvme0n1: I/O error" });
    const part = await partOf(create());
    expect(part.message).to.include("Cleaning rack1-node4 failed: /dev/nvme0n1: I/O error");
    expect(only()["maintenance"]).to.equal(true);
    const outputs = await handler().update!(part.id, inputsOf(), part.properties, operation);
    expect(outputs["provisionState"]).to.equal("available");
    expect(only()["maintenance"]).to.equal(false);
  });

  it("gives up a transition after its time, and keeps the node", async () => {
    server.endless.add("provide");
    const part = await partOf(create({ transitionTimeoutSec: 1 }));
    expect(part.message).to.include("has been cleaning for more than 1 s");
    expect(server.nodes.size).to.equal(1);
  });

  it("keeps the node when it is cancelled", async () => {
    const stop = new AbortController();
    server.endless.add("manage");
    server.onRequest = (line) => {
      if (line.endsWith("manage")) {
        setTimeout(() => stop.abort(new Error("cancelled")), 20);
      }
    };
    const part = await partOf(handler().create(inputsOf(), { ...operation, signal: stop.signal }));
    expect(part.reasons).to.deep.equal(["cancelled"]);
    expect(part.id).to.equal(only().uuid);
  });

  it("finds the node that an `up` made whose answer was lost", async () => {
    server.refusals.push({ match: /GET .*rack1-node4$/, status: 404, fault: "not found" });
    await create();
    server.refusals.push({ match: /POST .*nodes$/, status: 504, fault: "gateway timeout" });
    const { id } = await create();
    expect(server.nodes.size).to.equal(1);
    expect(id).to.equal(only().uuid);
  });

  it("takes no node of somebody else", async () => {
    server.nodes.set("other", { uuid: "other", name: "rack1-node4", provision_state: "active", extra: {} });
    expect((await rejectionOf(create())).code).to.equal("node-name-taken");
    expect(targets()).to.deep.equal([]);
  });

  const refusals: readonly (readonly [number, string])[] = [
    [403, "openstack-forbidden"],
    [500, "openstack-unavailable"],
    [400, "openstack-refused"],
  ];
  for (const [status, code] of refusals) {
    it(`passes on what Ironic says with ${String(status)}`, async () => {
      server.refusals.push({ match: /POST .*nodes$/, status, fault: "not today" });
      const error = await rejectionOf(create());
      expect(error.code).to.equal(code);
      expect(error.message).to.include("not today");
      expect(server.nodes.size).to.equal(0);
    });
  }

  it("waits while the node is locked or the service is busy", async () => {
    for (const status of [409, 503]) {
      server.refusals.push({ match: /PUT .*provision manage$/, status, fault: "locked" });
    }
    const { outputs } = await create();
    expect(outputs["provisionState"]).to.equal("available");
  });

  it("matches ports and traits in place", async () => {
    const { id, outputs } = await create();
    const changed = inputsOf({ traits: ["CUSTOM_NVLINK"], ports: [{ address: "52:54:00:12:34:57" }] });
    await handler().update!(id, changed, outputs, operation);
    expect(only()["traits"]).to.deep.equal(["CUSTOM_NVLINK"]);
    expect([...server.ports.values()].map(({ address }) => address)).to.deep.equal(["52:54:00:12:34:57"]);
    expect(targets()).to.deep.equal(["manage", "provide"]);
  });

  it("notices a node that is gone, and one that fell ill", async () => {
    const { id, outputs } = await create();
    expect(await handler().read(id, inputsOf(), outputs, operation)).to.equal(outputs);
    only().provision_state = "clean failed";
    const ill = await handler().read(id, inputsOf(), outputs, operation);
    expect(handler().unfinished?.(ill ?? {})).to.equal(true);
    server.nodes.clear();
    expect(await handler().read(id, inputsOf(), outputs, operation)).to.equal(null);
    expect(warnings.join()).to.include("rack1-node4 is gone");
  });

  it("unprovisions and cleans a node before it forgets it", async () => {
    const steps = [{ interface: "deploy", step: "erase_devices_metadata" }];
    const { id, outputs } = await create({ cleanSteps: steps });
    only().provision_state = "active";
    await handler().delete(id, inputsOf({ cleanSteps: steps }), outputs, operation);
    expect(targets()).to.deep.equal(["manage", "provide", "deleted", "manage", "clean"]);
    expect(server.nodes.size).to.equal(0);
    await handler().delete(id, inputsOf(), outputs, operation);
  });

  it("forgets no node that a server is on, or whose cleaning fails", async () => {
    const { id, outputs } = await create();
    only()["instance_uuid"] = "server-1";
    const used = await rejectionOf(handler().delete(id, inputsOf(), outputs, operation));
    expect(used.code).to.equal("node-in-use");
    only()["instance_uuid"] = null;
    only().provision_state = "active";
    server.trouble.set("deleted", { state: "clean failed", lastError: "the disk does not answer" });
    const dirty = await rejectionOf(handler().delete(id, inputsOf(), outputs, operation));
    expect(dirty.code).to.equal("clean-failed");
    expect(server.nodes.size).to.equal(1);
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ["nodeName", "-rf"],
    ["ports", []],
    ["ports", [{ address: "not an address" }]],
    ["traits", ["lower-case"]],
    ["transitionTimeoutSec", 0],
  ];
  for (const [name, value] of wrong) {
    it(`takes no ${name} like ${JSON.stringify(value)}`, () => {
      const parsed = enrolmentInputsSchema.safeParse({ ...inputsOf(), [name]: value });
      expect(parsed.error?.issues[0]?.path[0]).to.equal(name);
    });
  }
});
