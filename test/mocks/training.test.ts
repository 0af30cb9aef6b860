import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { BareMetalHost, Run, VmHost } from "../../components/index.ts";
import { Training, trainingPlan } from "../../workloads/index.ts";
import { factsOf } from "../fixtures/report/fixture.ts";
import { connectionOf, listed, named, results, run, runId, valueOf } from "./engine.ts";

const start = (): Run => new Run("run", { project: "underlay", stack: "test" });

describe("a training", () => {
  it("is one measurement of its plan on all hosts, the first one being the baseline", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      const hosts = [new BareMetalHost("metal", { run: own }), new VmHost("guest", { run: own })];
      return new Training("training", { run: own, hosts, model: "alexnet", seed: 7 });
    });
    expect(listed(registered)).to.deep.equal([
      "underlay:index:Measurement training-measurement < underlay:workloads:Training training",
      "underlay:index:Run run < stack",
      "underlay:index:Sandbox guest-sandbox < underlay:local:VmHost guest",
      "underlay:index:Sandbox metal-sandbox < underlay:local:BareMetalHost metal",
      "underlay:local:BareMetalHost metal < stack",
      "underlay:local:VmHost guest < stack",
      "underlay:workloads:Training training < stack",
    ]);
    expect(named(registered, "training-measurement").inputs).to.deep.equal({
      name: "training-measurement",
      runId,
      hosts: [
        { environment: "bare-metal", connection: connectionOf("metal-sandbox"), facts: factsOf("bare-metal") },
        { environment: "vm", connection: connectionOf("guest-sandbox"), facts: factsOf("vm") },
      ],
      baseline: "bare-metal",
      plan: trainingPlan({ model: "alexnet", seed: 7 }),
      recordDirectory: "out/records",
      skipped: [],
    });
    expect(await valueOf(value.results)).to.deep.equal(results);
  });

  it("has the baseline and the place for records that it is given", async () => {
    const { registered } = await run(() => {
      const own = start();
      const hosts = [new BareMetalHost("metal", { run: own }), new VmHost("guest", { run: own })];
      return new Training("training", { run: own, hosts, baseline: "vm", recordDirectory: "elsewhere" });
    });
    const { inputs } = named(registered, "training-measurement");
    expect(inputs).to.include({ baseline: "vm", recordDirectory: "elsewhere" });
  });

  it("may be made twice in one program", async () => {
    const { registered } = await run(() => {
      const own = start();
      const hosts = [new BareMetalHost("metal", { run: own })];
      return ["one", "two"].map((name) => new Training(name, { run: own, hosts }));
    });
    const measurements = registered.filter(({ type }) => type === "underlay:index:Measurement");
    expect(measurements.map(({ name, parent }) => `${name} < ${parent ?? ""}`).sort()).to.deep.equal([
      "one-measurement < underlay:workloads:Training one",
      "two-measurement < underlay:workloads:Training two",
    ]);
  });

  it("needs a host, and says so of its argument", async () => {
    await run(() => {
      const own = start();
      expect(() => new Training("training", { run: own, hosts: [] }))
        .to.throw(pulumi.InputPropertyError)
        .with.property("propertyPath", "hosts");
    });
  });

  it("has no results in a preview, and shows its measurement all the same", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      return new Training("training", { run: own, hosts: [new BareMetalHost("metal", { run: own })] });
    }, true);
    expect(registered).to.have.lengthOf(5);
    expect(named(registered, "training-measurement").inputs).to.deep.include({
      baseline: "bare-metal",
      plan: trainingPlan({}),
    });
    expect(await valueOf(value.results)).to.equal(undefined);
  });
});
