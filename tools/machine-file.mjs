// machine.json: what set-up found, for everything else to read.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { machineFile } from "./paths.mjs";

/** @typedef {import("./finding.mjs").Finding} Finding */

/**
 * What set-up found. What is null could not be had; its finding says why.
 *
 * @typedef {object} Machine
 * @property {1} schemaVersion Version of this format.
 * @property {string} at When, in ISO 8601.
 * @property {string} fingerprint SHA-256 over what the findings depend on.
 * @property {boolean} development Whether the development tools were asked for.
 * @property {readonly string[]} extras What else was asked for, such as `pytorch`.
 * @property {string[]} retry Steps that failed and may succeed at another time.
 * @property {readonly Finding[]} findings Everything that set-up looked for.
 * @property {import("./steps/pulumi.mjs").Pulumi | null} pulumi The Pulumi CLI.
 * @property {import("./steps/root.mjs").Root | null} root The root file system that all environments share.
 * @property {import("./steps/container-engine.mjs").ContainerEngine | null} containerEngine What starts containers.
 * @property {import("./guest/probe.mjs").GuestKernel | null} guestKernel What boots guests.
 * @property {string | null} bubblewrap What gives a process a root of its own.
 * @property {import("./steps/photographs.mjs").Photographs | null} photographs A set of photographs.
 * @property {import("./steps/pytorch.mjs").PyTorch | null} pytorch The second framework.
 * @property {import("./steps/serving.mjs").Serving | null} serving What functions are made of.
 * @property {import("./steps/slurm.mjs").Slurm | null} [slurm] A batch system.
 * @property {{ command: string } | null} [uv] What resolves and installs Python packages.
 * @property {import("./steps/tuner.mjs").Tuner | null} [tuner] What settings are searched with.
 * @property {import("./steps/onnx.mjs").Onnx | null} [onnx] What models are ported to ONNX with.
 * @property {{ command: string } | null} python Python with the development tools.
 * @property {string | null} chromium A browser.
 */

/**
 * What the set-up before found.
 *
 * @returns {Machine | null} Null when there was none, or of another format.
 */
export function readPrevious() {
  try {
    /** @type {unknown} */
    const read = JSON.parse(readFileSync(machineFile, "utf8"));
    const known = typeof read === "object" && read !== null && "schemaVersion" in read && read.schemaVersion === 1;
    const whole = known && "retry" in read ? { extras: [], ...read } : null;
    return /** @type {Machine | null} */ (/** @type {unknown} */ (whole));
  } catch {
    return null; // None, or a damaged one: this set-up writes it anew.
  }
}

/**
 * Writes what this set-up found, all at once.
 *
 * @param {Machine} machine What it found.
 */
export function writeMachine(machine) {
  const temporary = `${machineFile}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(machine, null, 2)}\n`);
  renameSync(temporary, machineFile);
}

/** @param {Machine} machine What set-up found. */
function guestFiles({ guestKernel }) {
  return guestKernel === null ? [] : [guestKernel.command, guestKernel.kernel, guestKernel.initrd];
}

/** @param {Machine} machine What set-up found. */
function extraFolders({ photographs, pytorch, serving, slurm, tuner, onnx }) {
  const folders = [photographs, pytorch, slurm, tuner, onnx].map((extra) => extra?.directory);
  return [...folders, serving?.packages, tuner?.allocators];
}

/**
 * Whether every file that a machine names is still there.
 *
 * @param {Machine} machine What set-up found.
 * @returns {boolean} Whether they are.
 */
export function filesExist(machine) {
  const { pulumi, root, containerEngine, bubblewrap, uv, python, chromium } = machine;
  const files = [
    ...[pulumi?.command, root?.directory, root?.blockImage, containerEngine?.command],
    ...[bubblewrap, uv?.command, python?.command, chromium, ...guestFiles(machine), ...extraFolders(machine)],
  ];
  // Folders of its plugins are among those of its path.
  const path = pulumi?.path ?? [];
  return [...files, ...path].every((file) => (file ?? null) === null || existsSync(String(file)));
}

/**
 * Whether the least is there that something can be measured with: npm packages, Pulumi, the shared root and a way to
 * run a process in it; and nothing went wrong, since an environment must not be left out for a fault of set-up.
 *
 * @param {Machine} machine What set-up found.
 * @returns {boolean} Whether it is.
 */
export function isSufficient(machine) {
  const sound = (/** @type {string} */ id) =>
    machine.findings.some((finding) => finding.id === id && finding.status !== "missing");
  return (
    machine.findings.every(({ status }) => status !== "failed") &&
    sound("node") &&
    sound("npm-packages") &&
    machine.pulumi !== null &&
    machine.root !== null &&
    machine.bubblewrap !== null
  );
}
