// A study on so many nodes of bare metal and as many virtual machines: what a preview of it costs.
import * as pulumi from "@pulumi/pulumi";
import { fileURLToPath } from "node:url";
import {
  BareMetalFlavor,
  BenchmarkHosts,
  GpuFlavor,
  OpenStackNetwork,
  ServerImage,
} from "../../../components/openstack/index.ts";
import { type Host, Measurement, Run } from "../../../components/index.ts";

const config = new pulumi.Config("test");
const count = config.requireNumber("count");
const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const network = new OpenStackNetwork("study", { admits: [{ protocol: "tcp", fromPort: 22, from: "198.19.255.0/30" }] });
const { imageId } = new ServerImage("study", { file: config.require("image") });
const { flavorId: gpus } = new GpuFlavor("gpu", { vcpus: 16, memoryMiB: 131_072, pciAlias: "h100" });
const { flavorId: metal } = new BareMetalFlavor("metal", { resourceClass: "baremetal.h100" });
const given = { imageId, network, count, publicKey: config.require("publicKey"), login: { accelerators: 1 } };
const nodes = new BenchmarkHosts("nodes", { kind: "bare-metal", flavorId: metal, ...given }).hosts;
const machines = new BenchmarkHosts("machines", { kind: "vm", flavorId: gpus, ...given }).hosts;

const reached = ({ connection, facts }: Host) => ({ connection, facts });
const roles = Array.from({ length: count }, (_, index) => `worker-${String(index)}`);
const measured = [nodes, machines].flatMap(([leader, ...others]) =>
  leader === undefined
    ? []
    : [{ environment: leader.environment, ...reached(leader), companions: others.map(reached) }],
);

export const results = new Measurement("hashing", {
  runId: run.runId,
  hosts: measured,
  baseline: "bare-metal",
  plan: {
    workload: "hashing",
    profile: "test",
    directory: fileURLToPath(new URL("../../fixtures/program", import.meta.url)),
    command: ["python3", "{program}/main.py"],
    options: {},
    role: roles[0] ?? "",
    companions: roles.slice(1).map((role) => ({ role, during: { plays: "together" } })),
    schedule: { seed: 1, rounds: 2, series: [{ name: "hashing", blocksPerRound: 4, steps: 1 }] },
    answerTimeoutSec: 60,
  },
  recordDirectory: config.require("records"),
}).results;
