import { createHash } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { UnderlayError } from "../../measure/error.ts";
import { serviceUser } from "../../measure/model-service.ts";
import { engineCommand, ownerLabel, runLabel } from "../container-engine.ts";
import { execute } from "../execute.ts";
import { sharedName } from "../leftovers.ts";
import { makeRunId } from "../run.ts";
import { type BuildingMeans, engineOf } from "./engine-build.ts";
import { markUsed } from "../machine.ts";
import { pruneFolder } from "./service-cache.ts";
import { digestOfFiles } from "./staging.ts";

/** Limits of a source that is copied for its script: files, and bytes of all together. */
const most = { files: 20_000, bytes: 8 * 1024 ** 3 };
/** Longest time of the script, in seconds. */
const timeoutSec = 3600;
/** Where in its folder a copy lies: a source of another name and the same content has the same one. */
const place = "source";

/** Files of a source that a script may need: all regular ones that are not hidden. */
function filesOf(source: string): string[] {
  const names = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(source, join(entry.parentPath, entry.name)))
    .filter((name) => !name.split("/").some((part) => part.startsWith(".") || part === "__pycache__"))
    .sort();
  const bytes = names.reduce((sum, name) => sum + lstatSync(join(source, name)).size, 0);
  if (names.length > most.files || bytes > most.bytes) {
    throw new UnderlayError(
      "source-too-large",
      `The source has ${String(names.length)} files of ${(bytes / 1024 ** 2).toFixed(0)} MiB; a script may be given ` +
        `${String(most.files)} files of ${String(most.bytes / 1024 ** 2)} MiB.`,
      "Make the model yourself, and put it into the source.",
    );
  }
  return names;
}

/** What a script of a source is run with. */
export interface MakingArgs {
  /** Folder of the source. */
  readonly source: string;
  /** The script, from the source's folder. */
  readonly script: string;
  /** Builds the image with what the source imports, where the script is run; returns its reference. */
  readonly image: () => Promise<string>;
  /** Digest of the lock that the image was made by. */
  readonly lock: string;
  /** Folder that is kept. */
  readonly cache: string;
}

async function runScript(
  folder: string,
  image: string,
  script: string,
  { machine, signal }: BuildingMeans,
): Promise<void> {
  const engine = engineOf(machine);
  const runId = makeRunId();
  const name = sharedName(runId, "make");
  const own = engine.rootless ? [] : ["--user", `${String(serviceUser)}:${String(serviceUser)}`];
  const argv = engineCommand(engine, [
    ...["run", "--rm", "--name", name, "--label", `${runLabel}=${runId}`, "--label", `${ownerLabel}=make`],
    ...["--network", "none", "--read-only", "--tmpfs", "/tmp:rw,exec", "--cap-drop", "all"],
    ...["--security-opt", "no-new-privileges", ...own, ...engine.runArguments, "--no-healthcheck"],
    ...["--volume", `${folder}:/srv/source:rw`, "--workdir", "/srv/source", "--entrypoint", "python3", image, script],
  ]);
  try {
    await execute(argv, { timeoutSec, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    const said = thrown instanceof UnderlayError ? (thrown.hint ?? thrown.message) : "";
    throw new UnderlayError("make-failed", `${script} did not make the model.`, said === "" ? null : said, {
      cause: thrown,
    });
  } finally {
    await execute(engineCommand(engine, ["rm", "--force", "--ignore", name]), { timeoutSec: 60 }).catch(
      () => undefined,
    );
  }
}

function giveTo(user: number, folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chownSync(join(entry.parentPath, entry.name), user, user);
  }
  chownSync(folder, user, user);
}

/**
 * Runs a script of a source that makes its models: in a container without a network, on a copy of the source. What it made
 * is kept by the source, the script and the lock.
 *
 * @returns the copy, with what was made
 * @throws UnderlayError `script-missing`, `source-too-large`, `make-failed` with the script's last lines
 */
export async function madeSource(args: MakingArgs, means: BuildingMeans): Promise<string> {
  const { source, script, lock, cache } = args;
  if (!existsSync(join(source, script)) || relative(source, join(source, script)).startsWith("..")) {
    throw new UnderlayError("script-missing", `The source has no ${JSON.stringify(script)} to make its model by.`);
  }
  const names = filesOf(source);
  const digest = await digestOfFiles(source, names);
  const key = createHash("sha256").update([place, digest, script, lock].join("\n")).digest("hex").slice(0, 16);
  const folder = join(cache, "made", key);
  if (existsSync(join(folder, "done"))) {
    means.status(`model: made before by ${script}`);
    markUsed(folder);
    return join(folder, place);
  }
  const image = await args.image();
  means.status(`model: python3 ${script}, in a container without a network`);
  return means.inFolder(async (building) => {
    const copy = join(building, place);
    for (const name of names) cpSync(join(source, name), join(copy, name));
    if (process.getuid?.() === 0 && !engineOf(means.machine).rootless) giveTo(serviceUser, copy);
    await runScript(copy, image, script, means);
    if (process.getuid?.() === 0) giveTo(0, copy);
    writeFileSync(join(building, "done"), "");
    mkdirSync(join(cache, "made"), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(building, folder);
    pruneFolder("made");
    return join(folder, place);
  });
}
