import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { openWorkspace } from "../cli/workspace.ts";
import { UnderlayError } from "../measure/error.ts";
import { readMachine } from "../provider/machine.ts";
import type { Lab } from "../test/lab/frame.ts";
import { credentials, openstackLab } from "../test/lab/openstack/lab.ts";
import { whyCold } from "../test/lab/openstack/install.mjs";
import type { Progress } from "./bench.ts";

/** What a bench on a lab is lent. */
export interface LabPlace {
  /** From nothing to every service working, in seconds. */
  readonly startSec: number;
  /** A folder that goes with the lab. */
  readonly folder: string;
  /** Opens a stack of a program, with a state that goes with the lab. */
  readonly stack: (program: string, config: Readonly<Record<string, string>>) => Promise<Stack>;
}

/** Seconds that something took. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

/**
 * Starts a lab that is not there, with a state folder of its own, and takes it down at the end.
 *
 * @param lab which one
 * @param cold why it cannot start at once; null when it can
 * @param progress told how far it is
 * @param work what is done in it
 * @throws UnderlayError `lab-cold`, `lab-busy`, and what the lab throws
 */
export async function inLab<T>(
  lab: Lab,
  cold: string | null,
  progress: Progress,
  work: (place: LabPlace) => Promise<T>,
): Promise<T> {
  if (cold !== null) {
    throw new UnderlayError("lab-cold", `The lab cannot start at once: ${cold}.`);
  }
  if (await lab.runs()) {
    throw new UnderlayError("lab-busy", "The lab runs already, for somebody else.", "Take it down first.");
  }
  const folder = mkdtempSync(join(tmpdir(), "underlay-lab-"));
  const { XDG_STATE_HOME: before } = process.env;
  process.env["XDG_STATE_HOME"] = join(folder, "state");
  const stack: LabPlace["stack"] = (program, config) =>
    openWorkspace({ name: "bench-lab", program, config, machine: readMachine() });
  try {
    const startSec = await secondsOf(() => lab.up(progress));
    return await work({ startSec, folder, stack });
  } finally {
    await lab.down();
    rmSync(folder, { recursive: true, force: true });
    if (before === undefined) {
      delete process.env["XDG_STATE_HOME"];
    } else {
      process.env["XDG_STATE_HOME"] = before;
    }
  }
}

/** Starts the lab of OpenStack; who works in it is its administrator. */
export function inOpenstack<T>(progress: Progress, work: (place: LabPlace) => Promise<T>): Promise<T> {
  return inLab(openstackLab, whyCold(), progress, (place) => {
    Object.assign(process.env, credentials());
    return work(place);
  });
}
