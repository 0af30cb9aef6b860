import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { UnderlayError } from "../../measure/error.ts";
import { type PlannedChange, readPlan } from "../../measure/planned/resource.ts";
import { type Machine, required, stateDirectory } from "../../provider/machine.ts";
import { openWorkspace } from "../workspace.ts";

/** What is planned of one environment. */
export interface PlanRequest {
  /** Names the stack, so that resources of two plans of it can be held against each other. */
  readonly environment: string;
  /** Configuration, as `namespace:key` and text. */
  readonly config: Readonly<Record<string, string>>;
  /** The project's folder: its program and its provider. */
  readonly root: string;
  /** Folder of a policy pack; none where it is null. */
  readonly policyPack: string | null;
  readonly machine: Machine;
}

/** What became of a plan. */
export interface PlanOutcome {
  readonly seconds: number;
  /** What the stack would have; null when the preview did not come to its end. */
  readonly plan: PlannedChange | null;
  /** Why it was refused or failed, as the engine says it; empty when all is well. */
  readonly problems: readonly string[];
}

const diagnosticsSchema = z.object({
  diagnostics: z.array(z.object({ severity: z.string(), message: z.string() })).nullish(),
});

/** What the engine complains of in a preview; its colours are left out. */
function problemsIn(json: unknown): string[] {
  const { diagnostics } = diagnosticsSchema.parse(json);
  const errors = (diagnostics ?? []).filter(({ severity }) => severity === "error");
  return errors.map(({ message }) => message.replaceAll(/<\{%.*?%\}>/g, "").trim());
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * What a preview printed, without the place of the project: that is no difference between two plans of it.
 *
 * @param text what `pulumi preview --json` printed
 * @param root folder of the project
 */
export function planIn(text: string, root: string): PlannedChange {
  return readPlan(text.replaceAll(JSON.stringify(resolve(root)).slice(1, -1), "PROJECT"));
}

async function previewOf({ workspace, name }: Stack, request: PlanRequest): Promise<PlanOutcome> {
  const { command } = required(request.machine, "pulumi", request.machine.pulumi);
  const pack = request.policyPack === null ? [] : ["--policy-pack", request.policyPack];
  const from = performance.now();
  const words = ["preview", "--json", "--non-interactive", "--stack", name, ...pack];
  const { stdout, stderr, failed } = await execa(command, words, {
    cwd: workspace.workDir,
    env: workspace.envVars,
    reject: false,
    timeout: 600_000,
    cleanup: true,
  });
  const seconds = (performance.now() - from) / 1000;
  const json = parsed(stdout);
  const told = json === null ? [] : problemsIn(json);
  const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-20).join("\n");
  if (!failed) return { seconds, plan: planIn(stdout, request.root), problems: told };
  return { seconds, plan: null, problems: told.length > 0 ? told : [said === "" ? "The preview failed." : said] };
}

/**
 * Previews a stack that has nothing yet, in a workspace of its own that is removed again.
 *
 * @throws UnderlayError `pulumi-missing`
 */
export async function planEnvironment(request: PlanRequest): Promise<PlanOutcome> {
  const { environment, config, root, machine } = request;
  const name = `pull-request-${environment}`;
  const program = join(root, "program.mjs");
  try {
    const stack = await openWorkspace({ name, program, config, machine, provider: join(root, "provider") });
    return await previewOf(stack, request);
  } catch (thrown) {
    if (thrown instanceof UnderlayError) throw thrown;
    return { seconds: 0, plan: null, problems: [String(thrown)] };
  } finally {
    rmSync(join(stateDirectory(), name), { recursive: true, force: true });
  }
}
