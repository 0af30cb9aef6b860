import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, required, stateDirectory } from "../provider/machine.ts";
import { endProcesses, processesWith } from "../provider/processes.ts";
import { enginePath } from "./engine-path.ts";
import { projectRoot } from "./version.ts";

/** Carried by the engine and its hosts: the folder of the workspace that they work for. */
const workspaceVariable = "UNDERLAY_WORKSPACE";

/** Ends what an engine that was killed left running of itself, such as its language host. */
export async function endOrphans(stack: Stack): Promise<void> {
  const { workDir } = stack.workspace;
  await endProcesses(
    processesWith(workspaceVariable).filter(({ environment }) => environment.get(workspaceVariable) === workDir),
  );
}

/**
 * Takes up a stack whose engine was killed: ends what it left running, gives up its lock, and forgets the operations that
 * were under way. What these made carries the run's id, so nothing is lost with them.
 */
export async function takeUp(stack: Stack): Promise<void> {
  await endOrphans(stack);
  await stack.cancel();
  await forgetPending(stack);
}

/** Forgets the operations of a stack that were under way when its engine ended; nobody may be at work on it. */
export async function forgetPending(stack: Stack): Promise<void> {
  const state = await stack.exportStack();
  const { pending_operations: pending, ...deployment } = state.deployment as Readonly<Record<string, unknown>>;
  if (Array.isArray(pending) && pending.length > 0) {
    await stack.importStack({ version: state.version, deployment });
  }
}

/** What a workspace of the command's own is opened with. */
export interface WorkspaceArgs {
  /** Name of the workspace: its folder under the state folder, and its stack. */
  readonly name: string;
  /** Pulumi program, absolute. */
  readonly program: string;
  /** Configuration, as `namespace:key` and text. */
  readonly config: Readonly<Record<string, string>>;
  readonly machine: Machine;
  /** Folder of the provider that the program goes with. @default that of this checkout */
  readonly provider?: string;
}

/**
 * Opens a stack with a backend, a Pulumi home and a project folder of its own: a user's login and stacks are never
 * touched.
 */
export async function openWorkspace(args: WorkspaceArgs): Promise<Stack> {
  const { name, program, config, machine, provider = join(projectRoot, "provider") } = args;
  const pulumi = required(machine, "pulumi", machine.pulumi);
  const directory = join(stateDirectory(), name);
  const backend = join(directory, "backend");
  const temporary = join(directory, "tmp");
  for (const folder of [backend, temporary]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const project = {
    name: "underlay",
    runtime: { name: "nodejs", options: { typescript: false } },
    main: program,
    plugins: { providers: [{ name: "underlay", path: provider }] },
  };
  // YAML holds JSON whole.
  writeFileSync(join(directory, "Pulumi.yaml"), `${JSON.stringify(project, null, 2)}\n`);
  process.env["PATH"] = await enginePath(pulumi);
  const pulumiCommand = await PulumiCommand.get({ skipVersionCheck: true });
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: name, workDir: directory },
    {
      pulumiCommand,
      pulumiHome: join(directory, "home"),
      envVars: {
        PULUMI_BACKEND_URL: `file://${backend}`,
        // The state holds no secret, and the folder is its user's only.
        PULUMI_CONFIG_PASSPHRASE: "",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // What the engine and its hosts forget there goes with the folder.
        TMPDIR: temporary,
        [workspaceVariable]: directory,
      },
    },
  );
  await configure(stack, config);
  return stack;
}

/** Gives a stack this configuration and no other. It is written here: the engine's command is started for each key. */
export async function configure({ name, workspace }: Stack, config: WorkspaceArgs["config"]): Promise<void> {
  // What encrypts the secrets of a state stays.
  await workspace.saveStackSettings(name, { ...(await workspace.stackSettings(name)), config: { ...config } });
}
