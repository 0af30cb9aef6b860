import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { messageOf } from "../measure/error.ts";
import { plannedCost, type PlannedCost, type PriceQuestion } from "../measure/planned-cost.ts";
import { readPlan } from "../measure/planned/resource.ts";
import { execute } from "../provider/execute.ts";
import { type Machine, required, stateDirectory } from "../provider/machine.ts";
import { resourceTypes } from "../provider/resource-types.ts";
import { readRunFile, type RunFile, runsOnDisk } from "../provider/run-directory.ts";
import { enginePath } from "./engine-path.ts";

/** A stack with what its state says of it. */
export interface ListedStack {
  /** As Pulumi names it, such as `organization/underlay/dev`. */
  readonly stack: string;
  /** Of its run; null where it has none. */
  readonly runId: string | null;
  /** When its first resource was made (ISO 8601); null where the state does not tell. */
  readonly createdAt: string | null;
  readonly resources: number;
  readonly owner: string | null;
  /** Day, or day and time, that it may stand until; null for ever. */
  readonly expires: string | null;
  /** Of what stands, for an hour; null where the state could not be read. */
  readonly cost: PlannedCost | null;
  /** Why the state could not be read; null when it could. */
  readonly problem: string | null;
  /** Where it is asked for. */
  readonly place: StackPlace;
}

/** All stacks that could be found. */
export interface Listing {
  readonly stacks: readonly ListedStack[];
  /** Why those of the caller's backend are not among them; null when they are. */
  readonly problem: string | null;
}

/** Where a stack is asked for: the folder of its project, and the variables that lead to its backend. */
export interface StackPlace {
  readonly directory: string;
  readonly engine: Readonly<Record<string, string>>;
}

/** The folder of the project that a folder belongs to, as the Pulumi CLI looks for it: up to the first `Pulumi.yaml`. */
function projectOf(directory: string): string {
  const parent = dirname(directory);
  return parent === directory || existsSync(join(directory, "Pulumi.yaml")) ? directory : projectOf(parent);
}

/** Removes the file that Pulumi writes for the salt of a stack's secrets, even when it only reads, where there was none. */
async function withoutNewSettings<T>(directory: string, words: readonly string[], work: () => Promise<T>): Promise<T> {
  const at = words.indexOf("--stack");
  const stack = at === -1 ? undefined : words[at + 1]?.split("/").at(-1);
  const file = join(projectOf(directory), `Pulumi.${stack ?? ""}.yaml`);
  const mayRemove = stack !== undefined && !existsSync(file);
  try {
    return await work();
  } finally {
    if (mayRemove) rmSync(file, { force: true });
  }
}

const namesSchema = z.array(z.object({ name: z.string() }));
const stateSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          type: z.string(),
          id: z.string().optional(),
          created: z.string().optional(),
          inputs: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .nullish(),
  }),
});
const tenureSchema = z.object({ owner: z.string().optional(), expires: z.string().optional() });

/** The caller's variables that lead to a backend and open its stacks; they stay with the Pulumi CLI. */
const passedOn =
  /^(?:PULUMI_|AWS_|AZURE_|GOOGLE_|OS_|KUBECONFIG$|HOME$|XDG_|HTTPS?_PROXY$|NO_PROXY$|SSL_CERT_|UNDERLAY_)/i;

/** Asks the Pulumi CLI about stacks, as the caller. */
export class StackLister {
  readonly #machine: Machine;
  readonly #question: PriceQuestion;

  constructor(machine: Machine, question: PriceQuestion) {
    this.#machine = machine;
    this.#question = question;
  }

  /**
   * All stacks of the caller's backend, and those that runs on this machine are of.
   *
   * @throws UnderlayError `pulumi-missing`
   */
  async all(): Promise<Listing> {
    required(this.#machine, "pulumi", this.#machine.pulumi);
    const place = { directory: process.cwd(), engine: {} };
    const { stacks: own, problem } = await this.#named(place).then(
      (stacks): Listing => ({ stacks, problem: null }),
      (thrown: unknown): Listing => ({ stacks: [], problem: messageOf(thrown) }),
    );
    const ofRuns = runsOnDisk().flatMap((runId) => readRunFile(runId) ?? []);
    const seen = new Set(own.flatMap(({ runId }) => runId ?? []));
    const others = ofRuns.filter(({ runId }) => !seen.has(runId));
    return { stacks: [...own, ...(await Promise.all(others.map((file) => this.#ofRun(file))))], problem };
  }

  /** Runs the Pulumi CLI in a place. */
  async pulumi(words: readonly string[], { directory, engine }: StackPlace, timeoutSec = 120): Promise<string> {
    const found = required(this.#machine, "pulumi", this.#machine.pulumi);
    const own = Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && passedOn.test(name) ? [[name, value] as const] : [],
    );
    const env = {
      ...Object.fromEntries(own),
      // The state of commands' own stacks holds no secret.
      ...(directory.startsWith(stateDirectory()) ? { PULUMI_CONFIG_PASSPHRASE: "" } : {}),
      ...engine,
      PATH: await enginePath(found),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const where = existsSync(directory) ? ["--cwd", directory] : [];
    const command = [found.command, ...words, ...where, "--non-interactive"];
    return withoutNewSettings(directory, words, () => execute(command, { timeoutSec, env }));
  }

  async #named(place: StackPlace): Promise<ListedStack[]> {
    const listed = namesSchema.parse(JSON.parse(await this.pulumi(["stack", "ls", "--all", "--json"], place)));
    const described = await Promise.all(listed.map(({ name }) => this.#describe(name, place)));
    // A run of this machine knows the folder of its project; what else is there is asked for from the caller's.
    return described.map((one) => {
      const directory = one.runId === null ? undefined : readRunFile(one.runId)?.directory;
      return directory === undefined ? one : { ...one, place: { ...place, directory } };
    });
  }

  async #ofRun({ directory, engine, stack }: RunFile): Promise<ListedStack> {
    return this.#describe(stack, { directory, engine });
  }

  async #describe(stack: string, place: StackPlace): Promise<ListedStack> {
    const empty = { stack, runId: null, createdAt: null, resources: 0, owner: null, expires: null, cost: null, place };
    try {
      const text = await this.pulumi(["stack", "export", "--stack", stack], place);
      const resources = stateSchema.parse(JSON.parse(text)).deployment.resources ?? [];
      const run = resources.find(({ type }) => type === resourceTypes.run);
      const { owner = null, expires = null } = tenureSchema.parse(run?.inputs ?? {});
      const made = resources.flatMap(({ created }) => created ?? []).toSorted();
      const cost = plannedCost(readPlan(text).after, this.#question);
      const count = resources.filter(({ type }) => !/^pulumi:(?:pulumi|providers):/.test(type)).length;
      return {
        ...empty,
        ...{
          runId: run?.id ?? null,
          createdAt: made[0] ?? null,
          resources: count,
          owner,
          expires,
          cost,
          problem: null,
        },
      };
    } catch (thrown) {
      return { ...empty, problem: messageOf(thrown).split("\n")[0] ?? "" };
    }
  }
}

/** When what may stand until a date has to be gone, in ms since 1970: a day is over when the next one begins (UTC). */
export function endOf(expires: string): number {
  return Date.parse(expires) + (/^\d{4}-\d{2}-\d{2}$/.test(expires) ? 86_400_000 : 0);
}

/** Whether a stack still has something, and was to stand until before now. */
export function isExpired({ expires, resources }: ListedStack, now: Date): boolean {
  if (expires === null || resources === 0) return false;
  return endOf(expires) <= now.getTime();
}
