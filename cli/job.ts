import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../measure/error.ts";
import { type OptimisedOutcome, optimisedOutcomeSchema } from "../measure/optimised.ts";
import { type Results, resultsSchema } from "../measure/results.ts";
import { findLeftovers } from "../provider/leftovers.ts";
import { readMachine } from "../provider/machine.ts";
import { resourceTypes } from "../provider/resource-types.ts";
import { Interruption } from "./interruption.ts";
import { ProgressLines } from "./progress-lines.ts";
import { projectRoot } from "./version.ts";
import { configure, endOrphans, forgetPending, openWorkspace, takeUp } from "./workspace.ts";
import { WorkspaceLock } from "./workspace-lock.ts";

const stateSchema = z.object({
  resources: z
    .array(
      z.object({ type: z.string(), id: z.string().optional(), outputs: z.record(z.string(), z.unknown()).optional() }),
    )
    .nullish(),
});

/** What the stack's state knows of the run and of its results: also after an `up` that failed. */
async function stateOf(stack: Stack): Promise<{ runId: string | null; results: Results | null }> {
  const { resources } = stateSchema.parse((await stack.exportStack()).deployment);
  const measured = resources?.find(({ type }) => type === resourceTypes.measurement)?.outputs?.["results"];
  const results = resultsSchema.safeParse(measured);
  const run = resources?.find(({ type }) => type === resourceTypes.run);
  return { runId: run?.id ?? null, results: results.success ? results.data : null };
}

/** Looks whether anything on this machine still carries the run's id. */
async function audit(runId: string): Promise<boolean> {
  const left = (await findLeftovers(readMachine())).filter((leftover) => leftover.runId === runId);
  for (const { kind, name, detail } of left) {
    process.stderr.write(`audit: ${kind} ${name} ${detail} is left behind\n`);
  }
  process.stderr.write(left.length === 0 ? `audit: nothing carries the run id ${runId}\n` : "");
  return left.length === 0;
}

/** Destroys a stack; says why and gives false when that fails: what was measured is reported all the same. */
export async function destroyed(stack: Pick<Stack, "destroy">, progress: ProgressLines): Promise<boolean> {
  const told = progress.errors.length;
  try {
    await stack.destroy({ onEvent: progress.take, suppressOutputs: true });
    return true;
  } catch (thrown) {
    if (progress.errors.length === told) progress.line(messageOf(thrown));
    return false;
  }
}

/** What one `up` of a job came to. */
export interface JobOutcome {
  /** What was measured; null when nothing was. */
  readonly results: Results | null;
  /** What a stack with a queue chose and trained; null when it did not come to its end. */
  readonly optimised: OptimisedOutcome | null;
  /** Whether the `up` failed; what it had measured stands. */
  readonly failed: boolean;
}

/** A stack of the command's own for as long as a job lasts: under a lock, with progress, ended in order by Ctrl-C. */
export class Job {
  readonly progress = new ProgressLines();
  readonly #interruption = new Interruption();
  readonly #stack: Stack;
  readonly #lock: WorkspaceLock;
  /** Whether the next `up` looks at what stands, since the last job was cut off. */
  #refresh: boolean;

  private constructor(stack: Stack, lock: WorkspaceLock) {
    this.#stack = stack;
    this.#lock = lock;
    this.#refresh = lock.foundStale;
  }

  /**
   * Opens the stack of a job, and goes on from what the last one of that name left when it was cut off.
   *
   * @param name name of the job: its workspace and stack
   * @throws UnderlayError `workspace-busy` when another command is at the same job
   */
  static async open(name: string): Promise<Job> {
    const lock = WorkspaceLock.take(name);
    try {
      const program = join(projectRoot, "program.mjs");
      const job = new Job(await openWorkspace({ name, program, config: {}, machine: readMachine() }), lock);
      job.#interruption.listen();
      if (lock.foundStale) {
        job.progress.line(`the last ${name} was cut off: going on from what it left`);
        await takeUp(job.#stack);
      } else {
        await forgetPending(job.#stack);
      }
      return job;
    } catch (thrown) {
      lock.release();
      throw thrown;
    }
  }

  /** Whether the user pressed Ctrl-C. */
  get interrupted(): boolean {
    return this.#interruption.requested;
  }

  /**
   * Brings the stack to a configuration, measuring what was not measured yet.
   *
   * @param config as `namespace:key` and text
   */
  async up(config: Readonly<Record<string, string>>): Promise<JobOutcome> {
    let failed = false;
    await configure(this.#stack, config);
    try {
      await this.#stack.up({
        onEvent: this.progress.take,
        suppressOutputs: true,
        signal: this.#interruption.signal,
        refresh: this.#refresh,
      });
      this.#refresh = false;
    } catch (thrown) {
      failed = true;
      this.#refresh = true;
      if (this.progress.errors.length === 0 && !this.interrupted) {
        this.progress.line(messageOf(thrown));
      }
    }
    const exported = failed
      ? null
      : optimisedOutcomeSchema.safeParse((await this.#stack.outputs())["optimised"]?.value);
    const optimised = exported?.success === true ? exported.data : null;
    return { results: (await stateOf(this.#stack)).results, optimised, failed };
  }

  /** Destroys what stands, and looks whether anything is left; returns whether nothing is. */
  async tearDown(): Promise<boolean> {
    const { runId } = await stateOf(this.#stack);
    this.progress.status("tearing down");
    const gone = await destroyed(this.#stack, this.progress);
    const clean = runId === null || (await audit(runId));
    return gone && clean;
  }

  /** Lets go of the stack. */
  async close(): Promise<void> {
    await endOrphans(this.#stack);
    rmSync(join(this.#stack.workspace.workDir, "tmp"), { recursive: true, force: true });
    this.#interruption.release();
    this.#lock.release();
  }
}
