import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { type Machine, readMachine } from "../provider/machine.ts";
import { smokeTest, startService, stopService } from "../provider/model-service/container.ts";
import { ServiceFront } from "../provider/model-service/front/service-front.ts";
import { buildService, prepareService, serviceName } from "../provider/model-service/service-build.ts";
import { defaultOutput } from "../provider/model-service/service-cache.ts";
import { type BuildOptions, buildArgs, shapeOf } from "./containerise.ts";
import { withLocalRun } from "./local-run.ts";
import { numberOf, wholeOf } from "./options.ts";
import { ServiceProgress } from "./service-lines.ts";

/** Options of `underlay watch`. */
export interface WatchOptions extends BuildOptions {
  readonly port: string;
  readonly interval: string;
  readonly json?: boolean;
}

/** A version of a model repository, as it was last seen. */
interface Seen {
  readonly name: string;
  /** Names, sizes and times of its files: equal twice in a row, it is written to its end. */
  readonly print: string;
  /** When it last changed, in ms. */
  readonly at: number;
}

/** Files of a version that are looked at. */
const mostFiles = 5000;
/** Longest wait for requests at a container that is replaced, in seconds. */
const drainSec = 60;

function filesOf(path: string): string[] {
  if (lstatSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .slice(0, mostFiles);
}

/** Versions in a model repository: its sub-folders and files that are not hidden, the newest last. */
export function versionsIn(folder: string): Seen[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) => (entry.isDirectory() || entry.isFile()) && !entry.name.startsWith(".") && !entry.name.endsWith(".tmp"),
    )
    .flatMap(({ name }) => {
      try {
        const stats = filesOf(join(folder, name)).map((file) => [file, statSync(file)] as const);
        const print = stats.map(([file, { size, mtimeMs }]) => `${file} ${String(size)} ${String(mtimeMs)}`).join("\n");
        return stats.length === 0 ? [] : [{ name, print, at: Math.max(...stats.map(([, { mtimeMs }]) => mtimeMs)) }];
      } catch {
        return []; // It is being written or removed: the next look sees it whole.
      }
    })
    .sort((one, other) => (one.at === other.at ? one.name.localeCompare(other.name, "en") : one.at - other.at));
}

/** The version that serves. */
interface Serving {
  readonly seen: Seen;
  readonly mark: string;
  readonly version: string;
}

/** Serves the newest version of a folder that has predicted. */
class Watch {
  readonly #front = new ServiceFront();
  readonly #refused = new Map<string, string>();
  #serving: Serving | null = null;

  constructor(
    private readonly folder: string,
    private readonly options: WatchOptions,
    private readonly runId: string,
    private readonly machine: Machine,
    private readonly progress: ServiceProgress,
  ) {}

  get #name(): string {
    return serviceName(this.options.name ?? basename(resolve(this.folder)));
  }

  /** Tells what happened: a line for people, or an object for programs. */
  #tell(event: string, detail: Readonly<Record<string, unknown>>): void {
    if (this.options.json === true) {
      process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...detail })}\n`);
    } else {
      const words = Object.entries(detail).map(([key, value]) => `${key} ${String(value)}`);
      this.progress.line(`${event}: ${words.join(", ")}`);
    }
  }

  async run(): Promise<void> {
    const { signal } = this.progress.told;
    const url = await this.#front.listen(wholeOf("--port", this.options.port, 0, 65_535));
    this.#tell("listening", { url: `${url}/predict` });
    const intervalMs = numberOf("--interval", this.options.interval, 0.1, 3600) * 1000;
    let before = new Map<string, string>();
    while (!signal.aborted) {
      const versions = versionsIn(this.folder);
      const newest = versions.at(-1);
      if (newest !== undefined && before.get(newest.name) === newest.print && this.#isNew(newest))
        await this.#take(newest);
      before = new Map(versions.map(({ name, print }) => [name, print]));
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
    await this.#front.close(drainSec);
    if (this.#serving !== null) await stopService(this.#owner(), this.#serving.mark, this.machine);
  }

  #isNew({ name, print }: Seen): boolean {
    const same = this.#serving?.seen.name === name && this.#serving.seen.print === print;
    return !same && this.#refused.get(name) !== print;
  }

  #owner() {
    return { runId: this.runId, name: this.#name };
  }

  /** Builds a version, has it predict, and lets it take over. One that fails never serves, and the one before goes on. */
  async #take(seen: Seen): Promise<void> {
    const { signal } = this.progress.told;
    try {
      this.#tell("building", { version: seen.name });
      const args = { ...buildArgs(join(this.folder, seen.name), this.options), name: this.#name };
      const prepared = await prepareService(
        args,
        defaultOutput(`watch-${this.#name}`),
        this.machine,
        this.progress.told,
      );
      const image = await buildService(prepared, this.machine, this.progress.told);
      const mark = `s${randomBytes(3).toString("hex")}`;
      const standing = await startService(this.#owner(), mark, image, shapeOf(this.options), {
        machine: this.machine,
        signal,
      });
      try {
        const tested = await smokeTest(standing, image);
        if (!tested)
          throw new UnderlayError(
            "sample-missing",
            "Nothing says what the model takes.",
            "Give a request: --sample FILE.",
          );
      } catch (thrown) {
        await stopService(this.#owner(), mark, this.machine);
        throw thrown;
      }
      await this.#exchange({ seen, mark, version: image.version }, standing.socket);
    } catch (thrown) {
      if (signal.aborted) return;
      this.#refused.set(seen.name, seen.print);
      const code = thrown instanceof UnderlayError ? thrown.code : "failed";
      const serving = this.#serving?.seen.name ?? "nothing";
      this.#tell("refused", {
        version: seen.name,
        code,
        message: JSON.stringify(messageOf(thrown).slice(0, 600)),
        serving,
      });
    }
  }

  async #exchange(next: Serving, socket: string): Promise<void> {
    const before = this.#serving;
    await this.#front.switchTo({ socket, version: next.version }, drainSec);
    this.#serving = next;
    this.#tell("serving", { version: next.seen.name, digits: next.version });
    if (before !== null) {
      await stopService(this.#owner(), before.mark, this.machine);
      this.#tell("retired", { version: before.seen.name, digits: before.version });
    }
  }
}

/**
 * Serves the newest version of a model repository until Ctrl-C, and lets each new one take over once it has predicted.
 *
 * @param folder the repository: a sub-folder or file for each version
 * @returns 0
 * @throws UnderlayError `repository-missing`, `option-invalid`
 */
export async function watch(folder: string, options: WatchOptions): Promise<number> {
  const place = resolve(folder);
  if (!(statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
    throw new UnderlayError(
      "repository-missing",
      `${folder} is no folder.`,
      "Name a folder with a sub-folder or file for each version.",
    );
  }
  const machine = readMachine();
  const progress = new ServiceProgress();
  try {
    await withLocalRun("watch", (runId) => new Watch(place, options, runId, machine, progress).run());
    return 0;
  } finally {
    progress.release();
  }
}
