import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { type PlannedChange, readPlan } from "../measure/planned/resource.ts";
import { type Machine, required, stateDirectory } from "../provider/machine.ts";
import { projectRoot } from "./version.ts";
import { endOrphans, openWorkspace } from "./workspace.ts";

/** A policy pack, and what it is configured by. */
export interface PolicyChoice {
  /** Its folder, absolute. */
  readonly pack: string;
  /** A file of Pulumi's form (JSON), absolute; its defaults where it is null. */
  readonly config: string | null;
}

/** The policies that options of a command name; those of this project unless told. */
export function policiesBy(options: {
  readonly policyPack?: string;
  readonly policyPackConfig?: string;
}): PolicyChoice {
  const { policyPack = join(projectRoot, "policy"), policyPackConfig: config } = options;
  return { pack: resolve(policyPack), config: config === undefined ? null : resolve(config) };
}

/** What is planned of one stack. */
export interface PlanRequest {
  /** Of the stack and its workspace: resources of two plans of one name can be held against each other. */
  readonly name: string;
  /** Configuration, as `namespace:key` and text. */
  readonly config: Readonly<Record<string, string>>;
  /** The project's folder: its program and its provider. */
  readonly root: string;
  /** Policies that the plan must pass; none where it is null. */
  readonly policies: PolicyChoice | null;
  readonly machine: Machine;
  /** Ends the preview early. */
  readonly signal: AbortSignal;
}

/** What became of a plan. */
export interface PlanOutcome {
  readonly seconds: number;
  /** What the stack would have; null when the preview did not come to its end. */
  readonly plan: PlannedChange | null;
  /** Why it was refused or failed, as policies and the engine say it; empty when all is well. */
  readonly problems: readonly string[];
  /** What policies say that refuse nothing, such as that they cannot decide before the update. */
  readonly notes: readonly string[];
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

const policyEventSchema = z.object({
  policyEvent: z.object({ policyName: z.string(), message: z.string(), enforcementLevel: z.string() }),
});

/**
 * What policies say, by a log of the engine's events.
 *
 * @param log a JSON object a line
 */
export function verdictsIn(log: string): { refusals: string[]; notes: string[] } {
  const said = log.split("\n").flatMap((line) => {
    const { success, data } = policyEventSchema.safeParse(parsed(line));
    return success ? [data.policyEvent] : [];
  });
  const textOf = ({ policyName, message }: (typeof said)[number]): string => {
    const [, path] = /during preview: \w+ value at (\S+) can't be known/.exec(message) ?? [];
    // What a policy reports comes after a line that says what it is about.
    return path === undefined
      ? `${policyName}: ${message.trim().split("\n").at(-1) ?? ""}`
      : `${policyName} decides in the update: ${path} is not known before.`;
  };
  const [refusals, notes] = [true, false].map((refuses) => [
    ...new Set(said.filter((one) => (one.enforcementLevel === "mandatory") === refuses).map(textOf)),
  ]);
  return { refusals: refusals ?? [], notes: notes ?? [] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * What a preview printed, without what differs between two plans of the same: the place of the project, and the letters at
 * random that providers end names with.
 *
 * @param text what `pulumi preview --json` printed
 * @param root folder of the project
 */
export function planIn(text: string, root: string): PlannedChange {
  const names = new Set([...text.matchAll(/::([^:"\\]+)"/g)].map(([, name = ""]) => name));
  const placed = text.replaceAll(JSON.stringify(resolve(root)).slice(1, -1), "PROJECT");
  return readPlan(
    placed.replaceAll(/"([^"\\]+)-[0-9a-f]{7,8}"/g, (whole, name: string) => (names.has(name) ? `"${name}-*"` : whole)),
  );
}

function policyWords(policies: PolicyChoice | null): string[] {
  if (policies === null) return [];
  const { pack, config } = policies;
  return ["--policy-pack", pack, ...(config === null ? [] : ["--policy-pack-config", config])];
}

async function previewOf({ workspace, name }: Stack, request: PlanRequest): Promise<PlanOutcome> {
  const { command } = required(request.machine, "pulumi", request.machine.pulumi);
  const from = performance.now();
  // What is printed as JSON has nothing of policies.
  const events = join(workspace.workDir, "events.jsonl");
  const words = ["preview", "--json", "--non-interactive", "--stack", name, "--event-log", events];
  const { stdout, stderr, failed } = await execa(command, [...words, ...policyWords(request.policies)], {
    cwd: workspace.workDir,
    // The option is one of those that the engine keeps for programs, as its Automation API.
    env: { ...workspace.envVars, PULUMI_DEBUG_COMMANDS: "true" },
    reject: false,
    timeout: 600_000,
    cancelSignal: request.signal,
    cleanup: true,
  });
  const seconds = (performance.now() - from) / 1000;
  const json = parsed(stdout);
  const { refusals, notes } = verdictsIn(existsSync(events) ? readFileSync(events, "utf8") : "");
  // A preview that policies alone refuse came to its end.
  if (json !== null && (!failed || refusals.length > 0)) {
    return { seconds, plan: planIn(stdout, request.root), problems: refusals, notes };
  }
  const told = json === null ? [] : problemsIn(json);
  const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-20).join("\n");
  const problems = told.length > 0 ? told : [said === "" ? "The preview failed." : said];
  return { seconds, plan: null, problems: [...refusals, ...problems], notes };
}

/**
 * Previews a stack that has nothing yet, in a workspace of its own that is removed again.
 *
 * @throws UnderlayError `pulumi-missing`
 */
export async function planStack(request: PlanRequest): Promise<PlanOutcome> {
  const { name, config, root, machine } = request;
  const program = join(root, "program.mjs");
  let stack: Stack | undefined;
  try {
    stack = await openWorkspace({ name, program, config, machine, provider: join(root, "provider") });
    return await previewOf(stack, request);
  } catch (thrown) {
    if (thrown instanceof UnderlayError) throw thrown;
    return { seconds: 0, plan: null, problems: [String(thrown)], notes: [] };
  } finally {
    // What an engine that was ended early left running still writes there.
    if (stack !== undefined) await endOrphans(stack);
    rmSync(join(stateDirectory(), name), { recursive: true, force: true });
  }
}
