// A container engine that really starts a container, with the shared root as its image.
import { spawn } from "node:child_process";
import path from "node:path";
import { withTemporary } from "../cache.mjs";
import { writeImage } from "../root/oci-image.mjs";
import { Unavailable, messageOf } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { CommandError, attempt, run } from "../run.mjs";

/** @typedef {import("../context.mjs").Context} Context */
/** @typedef {import("./root.mjs").Root} Root */

/**
 * A way to start a container.
 *
 * @typedef {object} Candidate
 * @property {"podman" | "docker"} name The engine.
 * @property {string} command Its program.
 * @property {string[]} globalArguments Before the subcommand.
 * @property {string[]} runArguments After `run`.
 */

/**
 * An engine that starts containers.
 *
 * @typedef {Candidate & { version: string, rootless: boolean, image: { reference: string, digest: string } }} ContainerEngine
 */

const repositoryName = "localhost/underlay-root";

/** Limits that may be raised nowhere where the hard limit is lower than the engine's default. */
const ulimits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"];

/**
 * The ways worth trying, the most ordinary first.
 *
 * @param {(command: string) => string | null} find Where a program is.
 * @returns {Candidate[]} In order.
 */
export function candidates(find) {
  const podman = find("podman");
  const docker = find("docker");
  const runtimes = ["crun", "runc"].filter((name) => find(name) !== null).map((name) => ["--runtime", name]);
  const found = /** @type {Candidate[]} */ ([]);
  if (podman !== null) {
    for (const manager of [[], ["--cgroup-manager", "cgroupfs"]]) {
      for (const limits of [[], ulimits]) {
        for (const runtime of [[], ...runtimes]) {
          found.push({
            name: "podman",
            command: podman,
            globalArguments: [...runtime, ...manager],
            runArguments: limits,
          });
        }
      }
    }
  }
  if (docker !== null) {
    found.push({ name: "docker", command: docker, globalArguments: [], runArguments: [] });
  }
  return found;
}

/**
 * The first way that starts a container of an image.
 *
 * @param {readonly Candidate[]} ways What to try.
 * @param {string} image Its reference.
 * @param {(text: string) => void} log Takes what is printed.
 * @returns {Promise<Candidate>} The way.
 * @throws {Unavailable} When none does; says why the last one failed.
 */
async function firstThatStarts(ways, image, log) {
  let reason = "";
  for (const way of ways) {
    const marker = "underlay-container";
    const args = ["run", "--rm", "--network", "none", ...way.runArguments, image, "echo", marker];
    const outcome = await attempt(way.command, [...way.globalArguments, ...args], { timeoutSec: 60, log });
    if (outcome.code === 0 && outcome.stdout.includes(marker)) {
      return way;
    }
    reason = messageOf(new CommandError(way.command, ["run"], outcome));
  }
  throw new Unavailable(
    `no container starts: ${reason}`,
    "Run `podman run --rm docker.io/library/debian true` (or docker) and mend what it complains of; as an ordinary user " +
      "it needs subordinate ids in /etc/subuid and /etc/subgid.",
  );
}

/** The engines that answer at all: docker's client may be there without an engine. */
async function livingCandidates() {
  const ways = candidates(findCommand);
  const docker = ways.find(({ name }) => name === "docker");
  const dockerLives = docker !== undefined && (await attempt(docker.command, ["info"], { timeoutSec: 20 })).code === 0;
  const living = ways.filter(({ name }) => name === "podman" || dockerLives);
  if (living.length === 0) {
    const which =
      docker === undefined
        ? "neither podman nor docker is on PATH"
        : "docker's engine does not answer, and there is no podman";
    throw new Unavailable(which, "Install podman and runc (Debian and Ubuntu: `sudo apt-get install podman runc`).");
  }
  return living;
}

/**
 * An engine that starts containers of a public image; for a root that is to be made from one.
 *
 * @param {string} image Its reference.
 * @param {(text: string) => void} log Takes what is printed.
 * @returns {Promise<Candidate>} The engine.
 */
export async function engineFor(image, log) {
  const ways = await livingCandidates();
  for (const name of new Set(ways.map((way) => way.name))) {
    const [first] = ways.filter((way) => way.name === name);
    await attempt(first?.command ?? name, ["pull", "--quiet", image], { timeoutSec: 300, log });
  }
  return firstThatStarts(ways, image, log);
}

/**
 * Finds an engine that starts a container of the shared root.
 *
 * @param {Context} context What set-up knows.
 * @param {Promise<Root>} root The shared root.
 * @returns {Promise<import("../finding.mjs").Found<ContainerEngine>>} The engine.
 */
export async function containerEngineStep(context, root) {
  const living = await livingCandidates();
  const bits = await root;
  const reference = `${repositoryName}:${bits.digest.slice("sha256:".length, "sha256:".length + 12)}`;
  /** @type {unknown} */
  let reason = null;
  for (const name of new Set(living.map((way) => way.name))) {
    const ways = living.filter((way) => way.name === name);
    try {
      await importImage(ways[0]?.command ?? name, bits, reference, context);
      const way = await firstThatStarts(ways, reference, context.log.raw);
      await removeOldImages(way, reference, context.log.raw);
      return await found(way, reference);
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

/**
 * @param {Candidate} way An engine that starts containers.
 * @param {string} reference The image.
 * @returns {Promise<import("../finding.mjs").Found<ContainerEngine>>} What to say about it.
 */
async function found(way, reference) {
  const podman = way.name === "podman";
  const version = (
    await run(way.command, ["version", "--format", podman ? "{{.Client.Version}}" : "{{.Server.Version}}"])
  ).trim();
  const digest = (
    await run(way.command, ["image", "inspect", "--format", podman ? "{{.Digest}}" : "{{.Id}}", reference])
  ).trim();
  const rootless = podman
    ? (await run(way.command, ["info", "--format", "{{.Host.Security.Rootless}}"])).trim() === "true"
    : (await run(way.command, ["info", "--format", "{{.SecurityOptions}}"])).includes("rootless");
  const options = [...way.globalArguments, ...way.runArguments].join(" ");
  return {
    part: { ...way, version, rootless, image: { reference, digest } },
    status: "ok",
    detail: `${way.name} ${version}${rootless ? ", rootless" : ""} starts ${reference}${options === "" ? "" : ` with ${options}`}`,
  };
}

/**
 * Whether an engine has an image.
 *
 * @param {string} command The engine.
 * @param {string} reference The image.
 * @returns {Promise<boolean>} Whether it has.
 */
export async function hasImage(command, reference) {
  return (
    (await attempt(command, ["image", "inspect", "--format", "{{.Id}}", reference], { timeoutSec: 30 })).code === 0
  );
}

/**
 * Imports the shared root, and makes sure that the engine holds exactly its bits.
 *
 * @param {string} command The engine.
 * @param {Root} root The shared root.
 * @param {string} reference What the image is to be called.
 * @param {Context} context Takes what is printed.
 */
async function importImage(command, root, reference, { cache, log, progress }) {
  if (!(await hasImage(command, reference))) {
    const started = performance.now();
    await withTemporary(path.join(cache, "root"), async (folder) => {
      await writeImage(folder, root, reference);
      await load(command, folder, log.raw);
    });
    progress("container-engine", `image made in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  const layers = await run(command, ["image", "inspect", "--format", "{{json .RootFS.Layers}}", reference]);
  if (layers.trim() !== JSON.stringify([root.digest])) {
    await attempt(command, ["rmi", "--force", reference], { timeoutSec: 120, log: log.raw });
    throw new Error(`${reference} holds ${layers.trim()} where ${root.digest} was imported`);
  }
}

/**
 * @param {string} command The engine.
 * @param {string} folder An image as {@link writeImage} writes it.
 * @param {(text: string) => void} log Takes what is printed.
 */
async function load(command, folder, log) {
  const tar = spawn("tar", ["--create", "--file=-", `--directory=${folder}`, "."], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await run(command, ["load", "--quiet"], { timeoutSec: 900, log, input: tar.stdout });
}

/**
 * Removes images of earlier roots, all but the two before this; what a container still uses stays.
 *
 * @param {Candidate} way The engine.
 * @param {string} reference The image of this root.
 * @param {(text: string) => void} log Takes what is printed.
 */
async function removeOldImages({ command }, reference, log) {
  const listed = await run(command, ["images", "--format", "{{.Repository}}:{{.Tag}}", repositoryName]);
  const others = listed.split("\n").filter((name) => name.startsWith(`${repositoryName}:`) && name !== reference);
  for (const name of others.slice(2)) {
    await attempt(command, ["rmi", name], { timeoutSec: 120, log });
  }
}
