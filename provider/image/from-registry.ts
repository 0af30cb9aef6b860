import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../measure/error.ts";
import { engineCommand } from "../container-engine.ts";
import { execute } from "../execute.ts";
import { type Machine, required } from "../machine.ts";
import { definitionFile } from "./definition-file.ts";
import type { ImageDescription } from "./description.ts";
import { contextName, dockerfile } from "./dockerfile.ts";
import { type Means, stepTimeoutSec } from "./means.ts";

/** What builds an image of a registry. */
export interface Builder {
  readonly name: "podman" | "docker" | "buildah" | "apptainer";
  /** With what goes before its subcommands. */
  readonly command: readonly string[];
}

/** Places of a build. */
export interface BuildPlaces {
  /** Folder with the files that go in, for a Dockerfile. */
  readonly context: string;
  /** The Dockerfile. */
  readonly dockerfile: string;
  /** The definition file. */
  readonly definition: string;
  /** Archive of what comes out; Apptainer writes the tree itself. */
  readonly archive: string;
  /** What comes out. */
  readonly tree: string;
  /** Name of the image in the builder's own store while it is built, without the registry. */
  readonly name: string;
}

/** A command of a build, and the one that takes back what it leaves. */
export interface BuildStep {
  readonly argv: readonly string[];
  readonly undo?: readonly string[];
}

/** Program of that name on PATH; null where there is none. */
export async function programOnPath(name: string): Promise<string | null> {
  const found = await execute(["sh", "-c", 'command -v "$0" || true', name], { timeoutSec: 10 });
  return found === "" || !existsSync(found) ? null : found;
}

/**
 * What builds here: the engine that was found to start containers, else buildah, which needs no daemon and starts none, else
 * Apptainer.
 *
 * @param machine what set-up found
 * @param find where a program is
 * @throws UnderlayError `container-engine-missing` when there is none of them
 */
export async function builderOf(machine: Machine, find: typeof programOnPath = programOnPath): Promise<Builder> {
  const engine = machine.containerEngine;
  if (engine !== null) return { name: engine.name, command: engineCommand(engine, []) };
  for (const name of ["buildah", "apptainer"] as const) {
    const command = await find(name);
    if (command !== null) return { name, command: [command] };
  }
  return required<Builder>(machine, "container-engine", null);
}

/**
 * Commands that build an image, in order.
 *
 * @param builder what builds
 * @param places where
 */
export function buildSteps(builder: Builder, places: BuildPlaces): BuildStep[] {
  const { name, command } = builder;
  const { context, archive, tree, definition } = places;
  const own = (...argv: string[]): string[] => [...command, ...argv];
  const reference = `localhost/${places.name}`;
  const from = ["--file", places.dockerfile, "--tag", reference];
  switch (name) {
    case "apptainer":
      return [{ argv: own("build", "--fakeroot", "--sandbox", tree, definition) }];
    case "buildah":
      // Its commands run in a chroot: it needs no runtime, and works where no container starts.
      return [
        {
          argv: own("build", "--isolation", "chroot", ...from, "--output", `type=tar,dest=${archive}`, context),
          undo: own("rmi", reference),
        },
      ];
    default:
      return [
        { argv: own("build", ...from, context), undo: own("rmi", reference) },
        { argv: own("create", "--name", places.name, reference, "true"), undo: own("rm", "--force", places.name) },
        { argv: own("export", "--output", archive, places.name) },
      ];
  }
}

/** Plays steps, and takes back what those that succeeded leave in the builder's store, the last first. */
async function play(steps: readonly BuildStep[], { signal, status }: Means): Promise<void> {
  const done: BuildStep[] = [];
  try {
    for (const step of steps) {
      await execute(step.argv, { timeoutSec: stepTimeoutSec, signal });
      done.push(step);
    }
  } finally {
    for (const { undo } of done.toReversed()) {
      if (undo === undefined) continue;
      await execute(undo, { timeoutSec: 60 }).catch((thrown: unknown) => {
        status(`left behind: ${messageOf(thrown)}`);
      });
    }
  }
}

/**
 * Makes the tree of an image whose base is in a registry, from its Dockerfile or definition file.
 *
 * @returns what built it
 * @throws UnderlayError `command-failed` with the last lines of the step that failed
 */
export async function fromRegistry(description: ImageDescription, tree: string, means: Means): Promise<string> {
  const { machine, folder } = means;
  const builder = await builderOf(machine);
  const name = `underlay-image-${randomBytes(6).toString("hex")}`;
  const file = (own: string): string => join(folder, own);
  const places = {
    ...{ context: file("context"), dockerfile: file("build.Dockerfile"), definition: file("build.def") },
    ...{ archive: file("image.tar"), tree, name },
  };
  const bases = {
    root: machine.root?.directory ?? "",
    rootReference: machine.containerEngine?.image.reference ?? null,
  };
  mkdirSync(places.context);
  means.status(`${description.id} by ${builder.name}`);
  if (builder.name === "apptainer") {
    writeFileSync(places.definition, definitionFile(description, bases));
    await play(buildSteps(builder, places), means);
    return builder.name;
  }
  writeFileSync(places.dockerfile, dockerfile(description, bases));
  description.files.forEach(({ source }, index) => {
    cpSync(source, join(places.context, contextName(index)), { recursive: true });
  });
  await play(buildSteps(builder, places), means);
  mkdirSync(tree);
  const unpack = ["tar", "--extract", "--file", places.archive, "--directory", tree, "--exclude=dev/*"];
  await execute(unpack, { timeoutSec: stepTimeoutSec, signal: means.signal });
  for (const left of [places.archive, places.context, places.dockerfile]) {
    await execute(["rm", "--recursive", left], { timeoutSec: 60 });
  }
  return builder.name;
}
