import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { OptimisationRequest, SchedulerName } from "../../../../workloads/optimised-training/dsl.ts";
import { type JobScript, jobScript } from "../../../../workloads/optimised-training/job-script.ts";
import { readRequest } from "../../../../workloads/optimised-training/read-request.ts";
import { errorOf } from "../../../support/expect-error.ts";
import { findShellcheck } from "../../../support/shellcheck.ts";
import { skip } from "../../../support/skip.ts";
import { sodaliteInputs } from "./sodalite.ts";

const folder = new URL("./golden/", import.meta.url);
const input = (name: string): OptimisationRequest => readRequest(sodaliteInputs[name] ?? "", name);

/** SODALITE's inputs as they are, and the fullest of them for the schedulers that none of them names. */
function scripts(): Map<string, JobScript> {
  const all = new Map(Object.keys(sodaliteInputs).map((name) => [name, jobScript(input(name))]));
  for (const scheduler of ["torque", "pbs", "bash"] as const) {
    all.set(`full-specification-${scheduler}`, at("full-specification", scheduler));
  }
  const { job } = input("resnet");
  const application = {
    ...job.application,
    modules: ["cuda/10.1", "openmpi"],
    environment: { TF_XLA_FLAGS: "--tf_xla_auto_jit=2", NOTE: "it's $HOME; ok" },
  };
  all.set("resnet-slurm-modules", jobScript({ job: { ...job, application, target: { job_scheduler_type: "slurm" } } }));
  return all;
}

function at(name: string, scheduler: SchedulerName): JobScript {
  const { job } = input(name);
  return jobScript({ job: { ...job, target: { job_scheduler_type: scheduler } } });
}

/** What a shell says of a script on standard input. */
function says(argv: readonly [string, ...string[]], text: string): string {
  const [file, ...args] = argv;
  const { status, stdout, stderr } = spawnSync(file, args, { input: text, encoding: "utf8" });
  return status === 0 ? "" : `${stdout}${stderr}`;
}

describe("job scripts", () => {
  const all = scripts();

  it("are all kept here, and nothing else is", () => {
    expect(readdirSync(folder).sort()).to.deep.equal([...all.keys()].map((name) => `${name}.sh`).sort());
  });

  for (const [name, { text }] of all) {
    it(`are as before: ${name}`, () => {
      expect(text).to.equal(readFileSync(new URL(`${name}.sh`, folder), "utf8"));
    });

    it(`are bash: ${name}`, () => {
      expect(says(["bash", "-n"], text)).to.equal("");
    });

    it(`pass shellcheck: ${name}`, function () {
      const shellcheck = findShellcheck();
      if (shellcheck === null) skip(this, "there is no shellcheck: run `npm test`, which gets it");
      // A dollar sign in single quotes is what a value had in it.
      expect(says([shellcheck, "--shell=bash", "--exclude=SC2016", "-"], text)).to.equal("");
    });
  }

  it("ask each scheduler for nodes, processes and accelerators in its own words", () => {
    const { text } = at("resnet", "slurm");
    expect(text).to.include("\n#SBATCH --nodes=1\n#SBATCH --ntasks-per-node=40\n#SBATCH --gres=gpu:1\n");
    expect(at("resnet", "torque").text).to.include("\n#PBS -l nodes=1:ppn=40:gpus=1\n");
    expect(at("resnet", "pbs").text).to.include("\n#PBS -l select=1:ncpus=40:mpiprocs=40:ngpus=1\n");
    expect(at("resnet", "bash").text).to.not.match(/^#(?:SBATCH|PBS)/m);
  });

  it("bring the accelerators' driver into the image when accelerators are asked for", () => {
    expect(at("resnet", "slurm").text).to.include(`"\${engine}" exec --nv "\${image}" ./resnet_benchmark.sh`);
    expect(at("solver", "slurm").text).to.not.include("--nv");
  });

  it("start MPI ranks by srun under Slurm and by mpirun elsewhere", () => {
    expect(at("mpi-test-cirrus", "slurm").text).to.include("\nsrun --ntasks=4 ./xthi ||");
    expect(at("mpi-test-cirrus", "torque").text).to.include("\nmpirun -np 4 ./xthi ||");
  });

  it("say when ranks share cores, and let Slurm do so", () => {
    const { text, notes } = jobScript(input("mpi-test-egi-slurm"));
    expect(text).to.include("srun --ntasks=80 --overcommit ./xthi");
    expect(notes).to.have.lengthOf(1);
    expect(notes[0]).to.match(/^mpi_ranks is 80, /);
  });

  it("translate mail flags, and say which cannot be", () => {
    const { job } = input("mpi-test-cirrus");
    const options = { ...job.job_options, request_event_notification: "END,REQUEUE" };
    const { text, notes } = jobScript({
      job: { ...job, job_options: options, target: { job_scheduler_type: "torque" } },
    });
    expect(text).to.include("\n#PBS -m e\n");
    expect(notes).to.deep.equal(['request_event_notification is "END,REQUEUE"; torque has no mail for REQUEUE.']);
  });

  it("put the image that was chosen for the one that was asked for", () => {
    const { text } = jobScript(input("resnet"), { image: "modakopt/modak:tensorflow-2.1-gpu-src" });
    expect(text).to.include(`image="\${SINGULARITY_DIR:-\${PWD}}"/modak_tensorflow-2.1-gpu-src.sif`);
    expect(text).to.not.include("2.1.0-gpu-py3");
  });

  it("let the request's own variables win", () => {
    const { job } = input("resnet");
    const application = { ...job.application, environment: { A: "own" } };
    const { text } = jobScript({ job: { ...job, application } }, { environment: { A: "ours", B: "ours" } });
    expect(text).to.include("\nexport A=own\nexport B=ours\n");
  });

  it("refuse a job with nothing to run", () => {
    const { job } = input("resnet-torque");
    const error = errorOf(() => jobScript({ job: { ...job, application: { executable: " " } } }));
    expect(error.code).to.equal("nothing-to-run");
  });

  it("refuse an array that PBS Professional cannot have", () => {
    const { job } = input("full-specification");
    const options = { ...job.job_options, job_array: "1,3" };
    const error = errorOf(() =>
      jobScript({ job: { ...job, job_options: options, target: { job_scheduler_type: "pbs" } } }),
    );
    expect(error.code).to.equal("array-unsupported");
  });

  describe("when they run", () => {
    const run = (executable: string, more: Partial<OptimisationRequest["job"]["application"]> = {}) => {
      const { text } = jobScript({ job: { job_options: {}, application: { executable, ...more } } });
      return spawnSync("bash", [], { input: text, encoding: "utf8", env: { PATH: "/usr/bin:/bin", VALUE: "a  b" } });
    };

    it("end with the status of the job itself, after what comes after it", () => {
      const { status, stdout } = run("sh -c 'exit 7'", { "post-execution": "echo after" });
      expect({ status, stdout }).to.deep.equal({ status: 7, stdout: "after\n" });
    });

    it("do not begin when what comes before fails", () => {
      const { status, stdout } = run("echo began", { "pre-execution": ["echo before", "false"] });
      expect({ status, stdout }).to.deep.equal({ status: 1, stdout: "before\n" });
    });

    it("keep words apart as they were given, and variables whole", () => {
      const { stdout } = run("printf '[%s]'", { arguments: 'one "two three" $VALUE' });
      expect(stdout).to.equal("[one][two three][a  b]");
      expect(run("printf [%s]", { arguments: ["$VALUE", "a b", ""] }).stdout).to.equal("[$VALUE][a b][]");
    });

    it("say that there is nothing to run an image with", () => {
      const { status, stderr } = run("true", { container_runtime: "a.sif" });
      expect(status).to.equal(69);
      expect(stderr).to.match(/apptainer/);
    });
  });
});
