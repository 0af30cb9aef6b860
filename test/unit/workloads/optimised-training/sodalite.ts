/**
 * The facts of the inputs that the SODALITE project published for MODAK (repository SODALITE-EU/application-optimisation,
 * MODAK/examples/input and MODAK/test/input, 2020 to 2022), typed again. The mail address is another, and older forms
 * (`app_name`, `arch_build`, `app_build`) are written in the one form that is read.
 */
import type { OptimisationRequest } from "../../../../workloads/optimised-training/dsl.ts";

type Job = OptimisationRequest["job"];
type Wish = NonNullable<Job["optimisation"]>;

const mail = "someone@example.org";
const tensorflow = (version: string): Wish => ({
  enable_opt_build: true,
  app_type: "ai_training",
  opt_build: { cpu_type: "x86", acc_type: "nvidia" },
  "app_type-ai_training": {
    config: { ai_framework: "tensorflow" },
    data: {},
    "ai_framework-tensorflow": { version, xla: true },
  },
});
const mpi = (library: "mpich" | "openmpi", version: string, location?: string): Wish => ({
  enable_opt_build: true,
  enable_autotuning: false,
  app_type: "hpc",
  opt_build: { cpu_type: "x86", acc_type: "" },
  "app_type-hpc": {
    config: { parallelisation: "mpi" },
    data: location === undefined ? {} : { location },
    "parallelisation-mpi": { library, version },
  },
});
const tuned = (wish: Wish): Wish => ({
  ...wish,
  enable_autotuning: true,
  autotuning: { tuner: "cresta", input: "dsl text" },
});

const affinity: Job["application"] = {
  app_tag: "mpi_test",
  app_type: "hpc",
  executable: "./xthi",
  arguments: "",
  mpi_ranks: 4,
  threads: 2,
};
const affinitySource = "https://raw.githubusercontent.com/olcf/XC30-Training/master/affinity/Xthi.c";
const built = { build: { src: affinitySource, build_command: "mpicc -o xthi -fopenmp Xthi.c" } };
const mpichImage = "docker://ethcscs/mpich:ub1804_cuda101_mpi314_gnugprof";
const files = (name: string) => ({ standard_output_file: `${name}.out`, standard_error_file: `${name}.err` });
const notified = { combine_stdout_stderr: true, request_event_notification: "abe", email_address: mail };

const resnetOptions: Job["job_options"] = {
  job_name: "resnet",
  wall_time_limit: "12:00:00 ",
  node_count: 1,
  process_count_per_node: 40,
  request_gpus: 1,
  standard_output_file: "resnet.out",
  ...notified,
};

const affinityOptions: Job["job_options"] = {
  job_name: "mpi_test",
  wall_time_limit: "1:00:00 ",
  node_count: 2,
  core_count: 40,
  process_count_per_node: 40,
  ...files("mpi_test"),
  ...notified,
};

const aster = "${ASTER_ROOT}/14.4";
const solver: Job = {
  job_options: { ...affinityOptions, job_name: "solver", ...files("file") },
  application: {
    app_tag: "solver_clinicalUC",
    container_runtime: mpichImage,
    app_type: "hpc",
    executable: `${aster}/bin/aster `,
    arguments: [
      `${aster}/lib/aster/Execution/E_SUPERV.py \\`,
      "-commandes fort.1 --num_job=1432 --mode=interactif \\",
      "--rep_outils=${ASTER_ROOT}/outils \\",
      `--rep_mat=${aster}/share/aster/materiau \\`,
      `--rep_dex=${aster}/share/aster/datg \\`,
      "--numthreads=1 --suivi_batch --memjeveux=8192.0 --tpmax=3600.0",
    ].join("\n"),
    mpi_ranks: 40,
    threads: 1,
    build: {
      src: "https://www.code-aster.org/FICHIERS/aster-full-src-14.4.0-1.noarch.tar.gz",
      build_command: "python3 setup.py install\n",
    },
  },
  optimisation: tuned(mpi("mpich", "3.1.4", "L1L2_NonLinear_prepared.tar.gz")),
};

const skyline: Job = {
  job_options: {
    ...resnetOptions,
    job_name: "skyline-extraction-training",
    core_count: 40,
    request_specific_nodes: "ssd",
    ...files("skyline-extraction-training"),
    copy_environment: true,
  },
  application: {
    app_tag: "skyline-extraction-training",
    container_runtime: "tensorflow/tensorflow:2.1.0-gpu-py3",
    app_type: "python",
    executable: "python3 resnet/resnet_imagenet_main.py",
    arguments:
      "--data_dir=/data/tf_records/train/ -batch_size=96 --train_epochs=3 --train_steps=10 --use_synthetic_data=false",
  },
  optimisation: tuned(tensorflow("2.1")),
};

/** The full specification that their documentation prints, with the first of every list of alternatives. */
const full: Job = {
  job_options: {
    job_name: "test",
    account: "test",
    queue: "standard",
    wall_time_limit: "12:00:00",
    node_count: 4,
    core_count: 12,
    process_count_per_node: 24,
    core_count_per_process: 2,
    memory_limit: "",
    minimum_memory_per_processor: "10 MB",
    request_gpus: 2,
    request_specific_nodes: "BW20",
    job_array: "1,2,3,4",
    ...files("test"),
    combine_stdout_stderr: true,
    architecture_constraint: "arch",
    copy_environment: true,
    copy_environment_variable: "",
    job_dependency: " ",
    request_event_notification: "abe",
    email_address: mail,
    defer_job: "2022-05-01T06:00",
    node_exclusive: true,
  },
  application: {
    app_tag: "",
    app_type: "mpi",
    executable: "test_mpi",
    arguments: "a b c",
    mpi_ranks: 48,
    threads: 2,
    "pre-execution": "./before.sh",
    "post-execution": "./after.sh",
    build: { src: "git://solver", build_command: "make -j 2" },
  },
  target: { name: "hlrs_testbed", job_scheduler_type: "slurm" },
  optimisation: {
    ...tuned(tensorflow("1.1")),
    "app_type-ai_training": {
      config: {
        ai_framework: "tensorflow",
        type: "image_classification",
        distributed_training: true,
        layers: 6,
        parameters: 872_684_236,
      },
      data: { location: "/some/data", basedata: "Imagenet", size: 67, count: 4389, etl: { prefetch: 100, cache: 100 } },
      "ai_framework-tensorflow": { version: "1.1", xla: true },
      "ai_framework-keras": { version: 1.1, backend: "tensorflow" },
      "ai_framework-pytorch": { version: "1.1", glow: true },
    },
  },
};

const exclusive = { request_event_notification: "ALL", node_exclusive: true };
const atDaint: Job = {
  job_options: {
    ...affinityOptions,
    ...exclusive,
    job_name: "mpi_test_daint",
    core_count: undefined,
    process_count_per_node: 12,
    queue: "normal",
    architecture_constraint: "mc",
  },
  target: { name: "daint", job_scheduler_type: "slurm" },
  application: { ...affinity, ...built, container_runtime: "", mpi_ranks: 24 },
  optimisation: mpi("openmpi", "3.1.3"),
};
const atEgi: Job = {
  job_options: {
    ...affinityOptions,
    job_name: "mpi_test_egi",
    core_count: undefined,
    node_count: 4,
    process_count_per_node: 1,
  },
  target: { name: "egi", job_scheduler_type: "torque" },
  application: { ...affinity, ...built, container_runtime: "" },
  optimisation: mpi("openmpi", "1.10"),
};
const atCirrus: Job = {
  job_options: {
    ...atEgi.job_options,
    ...exclusive,
    job_name: "mpi_test_cirrus",
    account: "dc117",
    queue: "standard",
    qos: "standard",
  },
  target: { name: "cirrus", job_scheduler_type: "slurm" },
  application: { ...affinity, container_runtime: "" },
  optimisation: mpi("openmpi", "3.1.3"),
};

const jobs: Readonly<Record<string, Job>> = {
  resnet: {
    job_options: resnetOptions,
    application: {
      app_tag: "resnet-benchmark",
      container_runtime: "tensorflow/tensorflow:2.1.0-gpu-py3",
      executable: "./resnet_benchmark.sh",
    },
    optimisation: tensorflow("2.1"),
  },
  "resnet-torque": {
    job_options: { ...resnetOptions, wall_time_limit: "12:00:00" },
    target: { job_scheduler_type: "torque" },
    application: { app_tag: "resnet-benchmark", executable: "./resnet_benchmark.sh" },
    optimisation: tensorflow("2.1"),
  },
  skyline,
  solver,
  "mpi-test": {
    job_options: affinityOptions,
    application: { ...affinity, ...built, container_runtime: mpichImage, mpi_ranks: 80 },
    optimisation: mpi("mpich", "3.1.4"),
  },
  "mpi-test-torque": {
    job_options: affinityOptions,
    target: { job_scheduler_type: "torque" },
    application: { ...affinity, ...built, mpi_ranks: 80 },
    optimisation: mpi("mpich", "3.1.4"),
  },
  "mpi-test-daint": atDaint,
  "mpi-test-egi": atEgi,
  "mpi-test-egi-slurm": {
    ...atEgi,
    job_options: { ...atEgi.job_options, node_count: 2 },
    target: { name: "egi", job_scheduler_type: "slurm" },
    application: { ...affinity, ...built, mpi_ranks: 80 },
    optimisation: mpi("openmpi", "3.1.3"),
  },
  "mpi-test-cirrus": atCirrus,
  "full-specification": full,
};

/** The published inputs by name, as the JSON that `underlay optimise` reads. */
export const sodaliteInputs: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(jobs).map(([name, job]) => [name, JSON.stringify({ job })]),
);
