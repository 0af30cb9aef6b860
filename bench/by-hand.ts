import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { readMachine, required } from "../provider/machine.ts";
import { runDirectory } from "../provider/run-directory.ts";
import type { BenchPlace } from "./hosts.ts";

const eventSchema = z.looseObject({ event: z.string() });
/** An event of a program run by hand. */
export type HandEvent = z.infer<typeof eventSchema>;

/** Where a program is run by hand: beside which host of the bench. */
export interface HandPlace {
  /** Folder that the program was shipped to. */
  readonly program: string;
  /** Name of the host. @default "bare-metal" */
  readonly name?: string;
  /** CPU that it is pinned to. @default 0 */
  readonly cpu?: number;
  /** The program as a plan has it. @default python3, with glibc's own settings */
  readonly command?: readonly string[];
  /** Network namespace that it enters. @default that of this machine */
  readonly namespace?: string;
}

/** Command of a shipped program on the same CPU and in the same root as a host, as a shell is given it. */
export function handCommand(place: BenchPlace, hand: HandPlace): string[] {
  const { program, name = "bare-metal", cpu = 0, namespace, command = ["python3", "{program}/main.py"] } = hand;
  const machine = readMachine();
  const root = required(machine, "root", machine.root).directory;
  const scratch = join(runDirectory(place.runId), "sandboxes", name, "tmp");
  return [
    ...(namespace === undefined ? [] : ["ip", "netns", "exec", namespace]),
    ...["taskset", "--cpu-list", String(cpu), "bwrap", "--die-with-parent", "--ro-bind", root, "/"],
    ...["--dev-bind", "/dev", "/dev", "--proc", "/proc", "--ro-bind", "/sys", "/sys", "--tmpfs", "/run"],
    ...["--bind", scratch, "/tmp", "--setenv", "HOME", "/tmp", "--"],
    ...command.map((word) => word.replace("{program}", program)),
  ];
}

/** A workload program as someone would run it in a shell: commands typed in, answers read, nothing of underlay. */
export class ByHand {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterableIterator<string>;

  private constructor(argv: readonly string[]) {
    const [file = "", ...rest] = argv;
    this.#child = spawn(file, rest);
    this.#child.stderr.resume();
    this.#lines = createInterface({ input: this.#child.stdout })[
      Symbol.asyncIterator
    ]() as AsyncIterableIterator<string>;
  }

  /** Starts the program and reads its first line. */
  static async start(argv: readonly string[]): Promise<ByHand> {
    const program = new ByHand(argv);
    await program.#answer();
    return program;
  }

  /** Types a command and reads its answer. */
  async ask(command: Readonly<Record<string, unknown>>): Promise<HandEvent> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    return this.#answer();
  }

  /** Waits for its end. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) {
      await once(this.#child, "close");
    }
  }

  async #answer(): Promise<HandEvent> {
    const next: IteratorResult<string, unknown> = await this.#lines.next();
    return eventSchema.parse(JSON.parse(String(next.value)));
  }
}
