// A workload of one's own, held against bare metal: what does a container, and what does a guest, cost a program that
// hashes memory?
import * as pulumi from "@pulumi/pulumi";
import path from "node:path";
import { BareMetalHost, ContainerHost, Measurement, Run, VmHost } from "../../components/index.ts";

const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const limits = { run, cpus: 1, memoryMiB: 512 };
const metal = new BareMetalHost("metal", limits);
const container = new ContainerHost("container", { ...limits, on: new BareMetalHost("container-host", limits) });
const hosts = [metal, container, new VmHost("vm", limits)];

const measurement = new Measurement("hashing", {
  runId: run.runId,
  hosts: hosts.map(({ environment, connection, facts }) => ({ environment, connection, facts })),
  baseline: "bare-metal",
  plan: {
    workload: "hashing",
    profile: "own",
    directory: path.resolve("program"),
    command: ["python3", "{program}/main.py"],
    options: { mebibytes: 64 },
    schedule: { seed: 1, rounds: 3, series: [{ name: "hashing", blocksPerRound: 4, steps: 3 }] },
    answerTimeoutSec: 60,
  },
  recordDirectory: "out/records",
});

/** MiB/s in each environment, and how it compares with bare metal. */
export const results = measurement.results;
