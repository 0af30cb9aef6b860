import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { batchClient } from "../../../../provider/batch/client.ts";
import { type BatchJobInputs, batchJobInputsSchema } from "../../../../provider/batch/inputs.ts";
import { TemporaryHomes } from "../../../support/machine-file.ts";

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
