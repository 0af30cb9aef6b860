import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { batchJobHandler } from "../../../../provider/batch-job.ts";
import { batchClient } from "../../../../provider/batch/client.ts";
import { type BatchJobInputs, batchJobInputsSchema } from "../../../../provider/batch/inputs.ts";
import { rejectionOf } from "../../../support/expect-error.ts";
import { TemporaryHomes } from "../../../support/machine-file.ts";
import { quietOperation } from "../../../support/operation.ts";

/** The commands of a batch system, in place of which a program of ours answers; the real Slurm is in the live lane. */
describe("a client of Torque and PBS", () => {
  let homes: TemporaryHomes;
  let folder: string;
  before(() => {
    homes = new TemporaryHomes();
    folder = homes.folder("commands");
    const answers = {
      qsub: 'cat > "$(dirname "$0")/script"; pwd > "$(dirname "$0")/folder"; echo 12.front',
      qstat:
        'echo "$*" > "$(dirname "$0")/asked"; case "$*" in *99*) echo "qstat: Unknown Job Id" >&2; exit 153;; esac; printf "Job Id: 12\\n    job_state = R\\n"',
      qdel: 'echo "$*" > "$(dirname "$0")/deleted"',
    };
    for (const [name, body] of Object.entries(answers)) {
      writeFileSync(path.join(folder, name), `#!/bin/sh\n${body}\n`);
      chmodSync(path.join(folder, name), 0o755);
    }
  });
  after(() => {
    homes.restore();
  });

  const inputs = (system: BatchJobInputs["system"]): BatchJobInputs =>
    batchJobInputsSchema.parse({
      ...{ name: "job", runId: "r000000001", system, script: "#!/bin/bash\necho 1\n", directory: homes.folder("a b") },
      connection: { hops: [{ argv: ["env", `PATH=${folder}:/usr/bin:/bin`], shell: false }] },
    });
  const wrote = (name: string): string => readFileSync(path.join(folder, name), "utf8").trim();

  it("hands the script in by its input, from its folder, whatever that is named", async () => {
    expect(await batchClient(inputs("torque")).submit()).to.equal("12.front");
    expect(wrote("script")).to.equal("#!/bin/bash\necho 1");
    expect(path.basename(wrote("folder"))).to.equal("a b");
  });

  it("asks PBS, and not Torque, for what has ended as well", async () => {
    expect((await batchClient(inputs("torque")).state("12.front"))?.phase).to.equal("running");
    expect(wrote("asked")).to.equal("-f 12.front");
    await batchClient(inputs("pbs")).state("12.front");
    expect(wrote("asked")).to.equal("-x -f 12.front");
  });

  it("takes a job that is not known for one that is gone", async () => {
    expect(await batchClient(inputs("pbs")).state("99.front")).to.equal(null);
  });

  it("deletes by qdel", async () => {
    await batchClient(inputs("pbs")).cancel("12.front");
    expect(wrote("deleted")).to.equal("12.front");
  });
});

describe("a client of Slurm", () => {
  let homes: TemporaryHomes;
  let folder: string;
  /** Programs that answer as those of Slurm 22.05 did; what `scontrol` and `sacct` say is in a file each. */
  before(() => {
    homes = new TemporaryHomes();
    folder = homes.folder("commands");
    for (const name of ["scontrol", "sacct"]) {
      const body = `echo "$*" > "${folder}/${name}.asked"; cat "${folder}/${name}.says"; cat "${folder}/${name}.complains" >&2; exit "$(cat "${folder}/${name}.status")"`;
      writeFileSync(path.join(folder, name), `#!/bin/sh\n${body}\n`);
      chmodSync(path.join(folder, name), 0o755);
    }
  });
  after(() => {
    homes.restore();
  });
  const answer = (name: string, says: string, complains = "", status = complains === "" ? 0 : 1): void => {
    writeFileSync(path.join(folder, `${name}.says`), says);
    writeFileSync(path.join(folder, `${name}.complains`), complains);
    writeFileSync(path.join(folder, `${name}.status`), String(status));
  };
  const inputsOf = () =>
    batchJobInputsSchema.parse({
      ...{ name: "job", runId: "r000000001", system: "slurm", script: "#!/bin/bash\n", directory: "/tmp" },
      connection: { hops: [{ argv: ["env", `PATH=${folder}:/usr/bin:/bin`], shell: false }] },
    });
  const forgotten = "slurm_load_jobs error: Invalid job id specified";
  const told = "7|COMPLETED|0:0|00:00:03|1||localhost|2026-11-28T22:00:00|2026-11-28T22:00:03\n";

  it("asks the accounting of a job that its controller has forgotten", async () => {
    answer("scontrol", "", forgotten);
    answer("sacct", told);
    expect(await batchClient(inputsOf()).state("7")).to.include({ phase: "completed", word: "COMPLETED", exitCode: 0 });
    expect(readFileSync(path.join(folder, "sacct.asked"), "utf8")).to.match(/--noheader --units=K .* --jobs 7\n$/);
  });

  it("takes a job for gone where nothing is accounted for, and fails where the accounting does not answer", async () => {
    answer("scontrol", "", forgotten);
    answer("sacct", "", "Slurm accounting storage is disabled");
    expect(await batchClient(inputsOf()).state("7")).to.equal(null);
    answer("sacct", "", "sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection");
    expect((await rejectionOf(batchClient(inputsOf()).state("7"))).code).to.equal("command-failed");
  });

  it("keeps on refresh what was seen of a job's output, which its accounting does not tell of", async () => {
    answer("scontrol", "", forgotten);
    answer("sacct", told);
    const output = path.join(folder, "job.out");
    writeFileSync(output, "first\nlast\n");
    const known = { jobId: "7", log: "last seen", state: { phase: "running", word: "RUNNING", output } };
    const seen = await batchJobHandler.read("", inputsOf(), known, quietOperation());
    expect(seen).to.deep.include({ log: "first\nlast" });
    expect(seen?.["state"]).to.include({ phase: "completed", output });
    rmSync(output);
    expect(await batchJobHandler.read("", inputsOf(), known, quietOperation())).to.deep.include({ log: "last seen" });
  });
});
