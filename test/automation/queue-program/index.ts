// A program that has a Slurm of its own and jobs in its queue, one behind the other.
import * as pulumi from "@pulumi/pulumi";
import { BatchJob, LocalSlurm, Run } from "../../../components/index.ts";

const config = new pulumi.Config("test");
const directory = config.require("directory");
const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const cluster = new LocalSlurm("cluster", { run, cpus: 1, memoryMiB: 256 });
const { system, connection } = cluster;

function job(name: string, command: string, waitForEnd: boolean, dependsOn: pulumi.Resource[]): BatchJob {
  const script = `#!/bin/bash\n#SBATCH --job-name=${name} --output=${name}.out\n${command}\n`;
  return new BatchJob(name, { runId: run.runId, system, connection, script, directory, waitForEnd }, { dependsOn });
}

const first = job("first", "echo done", true, []);
const running = job("running", "sleep 600", false, [first]);
const queued = job("queued", "sleep 600", false, [running]);

export const runId = run.runId;
export const states = pulumi
  .all([first.state, running.state, queued.state])
  .apply((all) => all.map(({ phase }) => phase));
export const log = first.log;
