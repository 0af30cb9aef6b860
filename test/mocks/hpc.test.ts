import { expect } from "chai";
import { BatchJob, LocalSlurm, Run, SlurmCluster, TorqueCluster } from "../../components/index.ts";
import { commandLine } from "../../provider/connection.ts";
import { errorOf } from "../support/expect-error.ts";
import { connectionOf, listed, named, run, runId, valueOf } from "./engine.ts";

const start = (): Run => new Run("run", { project: "underlay", stack: "test" });

describe("a Slurm on the machine at hand", () => {
  it("is one resource under the component, and jobs go where it says; two stand in one program", async () => {
    const { value, registered } = await run(() => {
      const own = start();
      const [one, two] = [
        new LocalSlurm("one", { run: own, cpus: 1, memoryMiB: 512 }),
        new LocalSlurm("two", { run: own }),
      ];
      const { system, connection } = one;
      const script = "#!/bin/bash\n";
      new BatchJob("job", { runId: own.runId, system, connection, script, directory: "/tmp", waitForEnd: false });
      return { one, two };
    });
    expect(listed(registered)).to.deep.equal([
      "underlay:hpc:LocalSlurm one < stack",
      "underlay:hpc:LocalSlurm two < stack",
      "underlay:index:BatchJob job < stack",
      "underlay:index:Run run < stack",
      "underlay:index:Slurm one-slurm < underlay:hpc:LocalSlurm one",
      "underlay:index:Slurm two-slurm < underlay:hpc:LocalSlurm two",
    ]);
    expect(named(registered, "one-slurm").inputs).to.deep.equal({ name: "one-slurm", runId, cpus: 1, memoryMiB: 512 });
    expect(named(registered, "two-slurm").inputs).to.deep.equal({ name: "two-slurm", runId });
    expect(named(registered, "job").inputs).to.deep.equal({
      ...{ name: "job", runId, system: "slurm", connection: connectionOf("one-slurm") },
      ...{ script: "#!/bin/bash\n", directory: "/tmp", waitForEnd: false },
    });
    expect(await valueOf(value.one.connection)).to.deep.equal(connectionOf("one-slurm"));
  });
});

describe("a cluster that stands", () => {
  it("is described, not made: a way over ssh on which nobody is asked anything", async () => {
    const { value, registered } = await run(() =>
      SlurmCluster.fromExisting("cluster", { host: "front.example.org", user: "me", port: 2222, identityFile: "/k" }),
    );
    expect(listed(registered)).to.deep.equal(["underlay:hpc:SlurmCluster cluster < stack"]);
    const connection = await valueOf(value.connection);
    const argv = commandLine(connection!, ["sbatch", "--comment=a b"]);
    expect(argv.slice(0, 2)).to.deep.equal(["ssh", "-T"]);
    expect(argv).to.include.members(["BatchMode=yes", "StrictHostKeyChecking=yes", "-l", "me", "-p", "2222"]);
    expect(argv.slice(-3)).to.deep.equal(["--", "front.example.org", "sbatch '--comment=a b'"]);
  });

  it("is Torque unless it is PBS", async () => {
    const { value } = await run(() => [
      TorqueCluster.fromExisting("torque", { host: "front" }),
      TorqueCluster.fromExisting("pbs", { host: "front", system: "pbs" }),
    ]);
    expect(value.map(({ system }) => system)).to.deep.equal(["torque", "pbs"]);
  });

  for (const [argument, args] of [
    ["host", { host: "-oProxyCommand=id" }],
    ["host", { host: "a b" }],
    ["user", { host: "front", user: "-l" }],
    ["port", { host: "front", port: 0 }],
  ] as const) {
    it(`cannot have the ${argument} ${JSON.stringify(args)}`, async () => {
      await run(() => {
        const error = errorOf(() => SlurmCluster.fromExisting("cluster", args));
        expect(error.code).to.equal("cluster-invalid");
        expect(error.message).to.match(new RegExp(`^${argument} is "`));
      });
    });
  }
});
