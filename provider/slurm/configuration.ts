/** What a Slurm of one node is given. */
export interface SlurmSize {
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** Its state in a path of its own: the first process of its namespaces stands in it, and sockets have short paths alone. */
const short = "/proc/1/cwd";

/**
 * The configuration of a Slurm of one node, this machine, in a network namespace of its own.
 *
 * @param state folder of its state
 * @param size what its jobs may use together
 */
export function slurmConfiguration(state: string, size: SlurmSize): string {
  const { cpus, memoryMiB } = size;
  const settings = {
    ClusterName: "local",
    // An address beside the name: nobody here resolves names.
    SlurmctldHost: "localhost(127.0.0.1)",
    SlurmctldPort: 6817,
    SlurmdPort: 6818,
    AuthType: "auth/munge",
    AuthInfo: `socket=${short}/munge.socket`,
    SlurmUser: "root",
    SlurmdUser: "root",
    StateSaveLocation: `${state}/controller`,
    SlurmdSpoolDir: `${short}/node`,
    SlurmctldPidFile: `${state}/slurmctld.pid`,
    SlurmdPidFile: `${state}/slurmd.pid`,
    SlurmctldLogFile: `${state}/slurmctld.log`,
    SlurmdLogFile: `${state}/slurmd.log`,
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_Core_Memory",
    MpiDefault: "none",
    SwitchType: "switch/none",
    ReturnToService: 2,
    // What ended is still told of as long as the cluster lives.
    MinJobAge: 604_800,
    JobCompType: "jobcomp/filetxt",
    JobCompLoc: `${state}/completed.txt`,
    AccountingStorageType: "accounting_storage/none",
    JobAcctGatherType: "jobacct_gather/linux",
    DefMemPerCPU: Math.floor(memoryMiB / cpus),
  };
  return [
    ...Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`),
    `NodeName=localhost NodeAddr=127.0.0.1 CPUs=${String(cpus)} RealMemory=${String(memoryMiB)} State=UNKNOWN`,
    "PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP",
    "",
  ].join("\n");
}
