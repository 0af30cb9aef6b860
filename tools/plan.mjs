// The steps of set-up, and which waits for which.
import { messageOf, Unavailable } from "./finding.mjs";
import { marks } from "./log.mjs";
import { baseImage } from "./root/recipe.mjs";
import { chromiumStep } from "./steps/chromium.mjs";
import { containerEngineStep, engineFor } from "./steps/container-engine.mjs";
import { guestKernelStep } from "./steps/guest-kernel.mjs";
import { npmPackagesStep } from "./steps/npm-packages.mjs";
import { onnxStep } from "./steps/onnx.mjs";
import { photographsStep } from "./steps/photographs.mjs";
import { pluginsStep } from "./steps/plugins.mjs";
import { pulumiStep } from "./steps/pulumi.mjs";
import { pythonStep } from "./steps/python.mjs";
import { pytorchStep } from "./steps/pytorch.mjs";
import { rootStep } from "./steps/root.mjs";
import { servingStep } from "./steps/serving.mjs";
import { slurmStep } from "./steps/slurm.mjs";
import { acceleratorsStep, bubblewrapStep, nodeStep, privilegesStep } from "./steps/surroundings.mjs";
import { systemPackagesStep } from "./steps/system-packages.mjs";
import { tunerStep } from "./steps/tuner.mjs";
import { findUv } from "./steps/uv.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./finding.mjs").Finding} Finding */

/**
 * @template Part
 * @typedef {import("./finding.mjs").Found<Part>} Found
 */

/**
 * A step under way.
 *
 * @template Part
 * @typedef {object} Step
 * @property {Promise<Finding>} finding What to say about it; never rejects.
 * @property {Promise<Part | null>} part What it brings; never rejects.
 * @property {Promise<boolean>} failed Whether it failed in a way that may not last.
 * @property {() => Promise<Part>} needed What it brings, for a step that cannot do without; rejects when there is none.
 */

/**
 * Starts a step.
 *
 * @template Part
 * @param {Context} context What set-up knows.
 * @param {string} id Id of its finding.
 * @param {string} title Its name in a sentence.
 * @param {() => Promise<Found<Part>>} perform Does it.
 * @returns {Step<Part>} The step.
 */
function start(context, id, title, perform) {
  const started = performance.now();
  const done = perform()
    .then((found) => ({ found, failed: found.lasting === false }))
    .catch((/** @type {unknown} */ error) => {
      context.log.raw(`${id}: ${error instanceof Error ? (error.stack ?? "") : String(error)}\n`);
      const known = error instanceof Unavailable;
      const remedy = known ? error.remedy : `See ${context.log.file}, and run set-up again.`;
      const status = known ? "missing" : "failed";
      const found = /** @type {Found<Part>} */ ({ part: null, status, detail: messageOf(error), remedy });
      return { found, failed: !(error instanceof Unavailable) || !error.lasting };
    })
    .then((end) => {
      const { status, detail } = end.found;
      context.log.say(`${marks[status]} ${title}: ${detail} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
      return end;
    });
  return {
    finding: done.then(({ found: { status, detail, remedy } }) => ({
      id,
      title,
      status,
      detail,
      remedy: remedy ?? null,
    })),
    part: done.then(({ found }) => found.part),
    failed: done.then(({ failed }) => failed),
    needed: async () => {
      const { found } = await done;
      if (found.part === null) {
        throw new Unavailable(
          `it needs the ${title.toLowerCase()}, which is missing`,
          `See what is said of "${title}".`,
        );
      }
      return found.part;
    },
  };
}

/**
 * Performs all steps, those that do not wait for each other at the same time.
 *
 * @param {Context} context What set-up knows.
 * @returns {Promise<Omit<import("./machine-file.mjs").Machine, "schemaVersion" | "at" | "fingerprint" | "development" | "extras">>}
 *   What was found.
 */
export async function performAll(context) {
  const node = start(context, "node", "Node", nodeStep);
  const npm = start(context, "npm-packages", "npm packages", () => npmPackagesStep(context));
  const pulumi = start(context, "pulumi", "Pulumi CLI", () => pulumiStep(context, npm.part));
  const system = start(context, "system-packages", "System packages", () => systemPackagesStep(context));
  const local = startLocal(context, system.part);
  const plugins = start(context, "plugins", "Provider plugins", () => pluginsStep(context, npm.part));
  const steps = { node, npm, pulumi, plugins, system, ...local };
  const all = Object.values(steps).filter((step) => step !== undefined);
  const findings = await Promise.all(all.map((step) => step.finding));
  const failed = await Promise.all(all.map((step) => step.failed));
  return {
    retry: findings.filter((_, index) => failed[index] === true).map(({ id }) => id),
    findings,
    pulumi: withPlugins(await pulumi.part, (await plugins.part) ?? []),
    root: await local.root.part,
    containerEngine: await local.engine.part,
    guestKernel: await local.guest.part,
    bubblewrap: await local.bubblewrap.part,
    photographs: await local.photographs.part,
    pytorch: await local.pytorch.part,
    serving: await local.serving.part,
    slurm: await local.slurm.part,
    uv: await local.installer.part,
    tuner: await local.tuner.part,
    onnx: await local.onnx.part,
    python: (await local.python?.part) ?? null,
    chromium: (await local.chromium?.part) ?? null,
  };
}

/**
 * @param {import("./steps/pulumi.mjs").Pulumi | null} pulumi The CLI.
 * @param {readonly import("./steps/plugins.mjs").BuiltPlugin[]} plugins What was built for it.
 * @returns {import("./steps/pulumi.mjs").Pulumi | null} The CLI, whose engine finds them on PATH.
 */
function withPlugins(pulumi, plugins) {
  return pulumi && { ...pulumi, path: [...pulumi.path, ...plugins.map(({ directory }) => directory)] };
}

/**
 * The steps that need system packages.
 *
 * @param {Context} context What set-up knows.
 * @param {Promise<unknown>} system Settles when these have been seen to.
 */
function startLocal(context, system) {
  const uv = system.then(() => findUv(context));
  uv.catch(() => undefined); // Whoever needs it says that it is missing.
  /** @type {ReturnType<typeof engineFor> | undefined} */
  let imageEngine;
  const engineOfImages = async () => (imageEngine ??= engineFor(baseImage, context.log.raw));
  const installer = start(context, "uv", "Installer of Python packages", async () => {
    const command = await uv;
    return { part: { command }, status: "ok", detail: `uv at ${command}` };
  });
  const bubblewrap = start(context, "bubblewrap", "Bubblewrap", () => system.then(() => bubblewrapStep(context)));
  const root = start(context, "root", "Root file system", () =>
    system.then(() => rootStep(context, { uv, engine: engineOfImages })),
  );
  const engine = start(context, "container-engine", "Container engine", () =>
    system.then(() => containerEngineStep(context, root.needed())),
  );
  const guest = start(context, "guest-kernel", "Guest kernel", () =>
    system.then(() => guestKernelStep(context, { root: root.needed(), engine: engineOfImages })),
  );
  const photographs = start(context, "photographs", "Photographs", () =>
    system.then(() => photographsStep(context, { uv, root: root.needed() })),
  );
  const pytorch = start(context, "pytorch", "PyTorch", () =>
    system.then(() => pytorchStep(context, { uv, root: root.needed })),
  );
  const serving = start(context, "serving", "Serving", () =>
    system.then(() => servingStep(context, { uv, root: root.needed })),
  );
  const slurm = start(context, "slurm", "Slurm", () => system.then(() => slurmStep(context)));
  const tuner = start(context, "tuner", "Tuner", () => system.then(() => tunerStep(context, { uv })));
  const onnx = start(context, "onnx", "ONNX", () => system.then(() => onnxStep(context, { uv, root: root.needed })));
  const accelerators = start(context, "accelerators", "Accelerators", () => acceleratorsStep(context));
  const privileges = start(context, "privileges", "Privileges", () => system.then(() => privilegesStep(context)));
  const base = {
    installer,
    bubblewrap,
    root,
    engine,
    guest,
    photographs,
    pytorch,
    serving,
    slurm,
    tuner,
    onnx,
    accelerators,
    privileges,
  };
  return context.development
    ? {
        ...base,
        python: start(context, "python", "Development tools", () => system.then(() => pythonStep(context, uv))),
        chromium: start(context, "chromium", "Chromium", () => system.then(chromiumStep)),
      }
    : { ...base, python: undefined, chromium: undefined };
}
