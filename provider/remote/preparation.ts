import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../measure/error.ts";
import type { HostFacts } from "../../measure/facts.ts";
import { type Connection, through } from "../connection.ts";
import type { ExecuteOptions } from "../execute.ts";
import type { Operation, ResourceHandler } from "../resource-handler.ts";
import { type PreparationInputs, preparationInputsSchema } from "./inputs.ts";
import { executeOn, isUnreachable, type Refusal } from "./reach.ts";

/** TensorFlow with CUDA's libraries is some 5 GB on the way to the host. */
const packagesTimeoutSec = 3600;
const systemTimeoutSec = 1200;
const shortTimeoutSec = 120;

const refusals: readonly Refusal[] = [
  {
    says: /Python 3\.11/,
    code: "python-unsuitable",
    hint: "Install Python 3.11 there, or measure in containers, whose image has it.",
  },
  {
    says: /DO NOT MATCH THE HASHES/,
    code: "packages-changed",
    hint: "The host's package index gives other files than those that were locked. Check its pip configuration.",
  },
  {
    says: /No matching distribution|Could not find a version|Retrying|ConnectionError/,
    code: "packages-unreachable",
    hint: "Let the host reach a package index: `pip config set global.index-url URL` there takes a mirror.",
  },
  {
    says: /sudo/,
    code: "sudo-refused",
    hint: "Let the user run `sudo -n true` there, log in as root, or install podman and the toolkit beforehand.",
  },
  {
    says: /nvidia-container-toolkit/,
    code: "toolkit-missing",
    hint: "Add NVIDIA's package repository to the host or its image: it is no part of the distribution.",
  },
  {
    says: /neither apt-get nor dnf/,
    code: "host-unsuitable",
    hint: "Install what it names there by hand, and run `pulumi up` again.",
  },
];

const script = readFileSync(fileURLToPath(new URL("./prepare", import.meta.url)), "utf8");

/** Content of a lock, as the project ships it. */
function lockOf(packages: string): string {
  const root = new URL(import.meta.url.endsWith(".ts") ? "../.." : "../../..", import.meta.url);
  return readFileSync(new URL(`tools/requirements/${packages}.txt`, `${root.href.replace(/\/$/, "")}/`), "utf8");
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Name of an environment on its host: that of its lock's content. */
const keyOf = (lockDigest: string): string => lockDigest.slice(0, 12);

/** Runs the script that lies beside this. It comes as an argument: what it starts may read the standard input. */
async function prepare(
  { on, name }: PreparationInputs,
  words: readonly string[],
  options: ExecuteOptions,
): Promise<string> {
  return executeOn(`The host of ${name}`, on, ["sh", "-c", script, "prepare", ...words], options, refusals);
}

function after(text: string, word: string): string {
  const line = text.split("\n").find((each) => each.startsWith(`${word} `)) ?? "";
  return line.slice(word.length + 1).trim();
}

interface Packages {
  readonly connection: Connection;
  readonly rootDigest: string;
}

async function bringPackages(inputs: PreparationInputs, { signal, progress }: Operation): Promise<Packages | null> {
  const { packages, lockDigest = "", on, runId, name } = inputs;
  if (packages === undefined) {
    return null;
  }
  progress.status(`installing the packages of ${packages} on the host, which takes some minutes`);
  const key = keyOf(lockDigest);
  await prepare(inputs, ["lock", key], { signal, timeoutSec: shortTimeoutSec, input: lockOf(packages) });
  const options = { signal, timeoutSec: packagesTimeoutSec };
  const said = await prepare(inputs, ["packages", key, `${runId}-${name}`], options);
  const path = `PATH=${after(said, "folder")}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  return {
    connection: through(on, { argv: ["env", path], shell: false }),
    // Equal locks and equal interpreters are equal bits, but for the host's libc and driver.
    rootDigest: `lock:${sha256(`${lockDigest}\n${after(said, "python")}`)}`,
  };
}

async function bringEngine(inputs: PreparationInputs, { signal, progress }: Operation): Promise<void> {
  const options = { signal, timeoutSec: systemTimeoutSec };
  if (inputs.engine) {
    progress.status("looking for podman on the host");
    progress.info(await prepare(inputs, ["engine"], options));
  }
  if (inputs.engine && inputs.accelerators) {
    progress.status("looking for NVIDIA's container toolkit on the host");
    progress.info(await prepare(inputs, ["toolkit"], options));
  }
}

/** The resource `HostPreparation`. */
export const hostPreparationHandler: ResourceHandler<PreparationInputs> = {
  schema: preparationInputsSchema,
  updates: [],
  complete: (inputs) => ({
    ...inputs,
    ...(inputs.packages === undefined ? {} : { lockDigest: sha256(lockOf(inputs.packages)) }),
  }),
  create: async (inputs, operation) => {
    const found = await bringPackages(inputs, operation);
    await bringEngine(inputs, operation);
    const facts: HostFacts = { ...inputs.onFacts, ...(found === null ? {} : { rootDigest: found.rootDigest }) };
    const outputs = { ...inputs, connection: found?.connection ?? inputs.on, facts };
    return { id: `${inputs.runId}/${inputs.name}`, outputs };
  },
  read: async (_id, inputs, state, { signal, progress }) => {
    const { engine, accelerators, lockDigest } = inputs;
    const [hasEngine, hasToolkit] = [engine, engine && accelerators].map((has) => (has ? "yes" : "no"));
    const key = lockDigest === undefined ? "-" : keyOf(lockDigest);
    const words = ["show", key, hasEngine ?? "no", hasToolkit ?? "no"];
    try {
      await prepare(inputs, words, { signal, timeoutSec: shortTimeoutSec });
    } catch (thrown) {
      signal.throwIfAborted();
      progress.warn(messageOf(thrown));
      // Whether a host answers just now says nothing about what is on it.
      return isUnreachable(thrown) ? state : null;
    }
    return state;
  },
  // The engine and the toolkit stay: whoever else logs in there may use them by now.
  delete: async (_id, inputs, _state, { signal, progress }) => {
    const { lockDigest, runId, name } = inputs;
    if (lockDigest === undefined) {
      return;
    }
    const words = ["forget", keyOf(lockDigest), `${runId}-${name}`];
    await prepare(inputs, words, { signal, timeoutSec: shortTimeoutSec }).catch((thrown: unknown) => {
      if (!isUnreachable(thrown)) {
        throw thrown;
      }
      progress.warn(`The packages stay on a host that cannot be reached: ${messageOf(thrown)}`);
    });
  },
};
