// A program that measures the hashing workload on the configured environments: cheap enough to be run many times.
import * as pulumi from "@pulumi/pulumi";
import { fileURLToPath } from "node:url";
import { BareMetalHost, ContainerHost, type Host, Measurement, Run, VmHost } from "../../../components/index.ts";

const config = new pulumi.Config("test");
const wanted = config.requireObject<string[]>("environments");
const run = new Run("run", {
  ...{ project: pulumi.getProject(), stack: pulumi.getStack() },
  ...{ owner: config.get("owner"), expires: config.get("expires") },
});
const args = { run, memoryMiB: config.getNumber("memoryMiB") ?? 256 };

function host(environment: string): Host {
  switch (environment) {
    case "vm":
      return new VmHost("vm", args);
    case "container-on-bare-metal":
      return new ContainerHost("container-on-bare-metal", {
        ...args,
        on: new BareMetalHost("container-bare-metal", args),
      });
    case "container-on-vm":
      return new ContainerHost("container-on-vm", { ...args, on: new VmHost("container-vm", args) });
    default:
      return new BareMetalHost("bare-metal", args);
  }
}

const hosts = wanted.map(host);
const measurement = new Measurement("hashing", {
  runId: run.runId,
  hosts: hosts.map(({ environment, connection, facts }) => ({ environment, connection, facts })),
  baseline: hosts[0]?.environment ?? "bare-metal",
  plan: {
    workload: "hashing",
    profile: "test",
    directory: fileURLToPath(new URL("../../fixtures/program", import.meta.url)),
    command: ["python3", "{program}/main.py"],
    options: { fault: config.getObject<Record<string, unknown>>("fault") ?? {} },
    schedule: {
      seed: 1,
      rounds: 2,
      series: [{ name: "hashing", blocksPerRound: config.getNumber("blocks") ?? 4, steps: 1 }],
    },
    answerTimeoutSec: config.getNumber("answerTimeoutSec") ?? 20,
  },
  recordDirectory: config.require("records"),
});

export const runId = run.runId;
export const results = measurement.results;
