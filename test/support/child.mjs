// Starts one program of a lane in a process group of its own, and sees to it that nothing of it stays.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What is started.
 *
 * @typedef {object} Program
 * @property {string} command An executable.
 * @property {readonly string[]} args Its arguments.
 * @property {string} cwd The folder it runs in.
 * @property {NodeJS.ProcessEnv} env Its environment, whole.
 * @property {number} limitSeconds After this it is killed with all its children.
 * @property {number} [niceness] How far it and its children give way to others, from 0, as other programs, to 19.
 * @property {(text: string) => void} write Takes what it prints.
 */

/**
 * How it ended.
 *
 * @typedef {object} Ending
 * @property {boolean} ok Whether it ended by itself with code 0 and left nothing.
 * @property {string | null} problem What went wrong, in one line; null when nothing did.
 */

/** Groups that are alive, so that an interrupted run can end them. @type {Set<number>} */
const groups = new Set();

/**
 * Signals a whole process group.
 *
 * @param {number} group Its id.
 * @param {NodeJS.Signals | 0} signal What to send; 0 only asks.
 * @returns {boolean} Whether anybody was there.
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    // The one error that a group of our own can give is that it has no member left.
    return false;
  }
}

/** How long the children of a program that ended may take to end as well. */
const graceMilliseconds = 2000;

/**
 * Whether a process group has a member that is more than a zombie.
 *
 * @param {number} group Its id.
 * @returns {boolean} Zombies do not count: they wait for a parent, and nobody can end them.
 */
function isAlive(group) {
  return readdirSync("/proc").some((entry) => {
    if (!/^\d+$/.test(entry)) {
      return false;
    }
    try {
      // After the name, which may hold anything, come state, parent and group.
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const [state, , member] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(member) === group && state !== "Z" && state !== "X";
    } catch {
      // It ended while we looked.
      return false;
    }
  });
}

/**
 * Waits a moment for a process group to end.
 *
 * @param {number} group Its id.
 * @returns {Promise<boolean>} Whether it did.
 */
async function isGone(group) {
  for (const end = Date.now() + graceMilliseconds; Date.now() < end; await sleep(50)) {
    if (!isAlive(group)) {
      return true;
    }
  }
  return false;
}

/**
 * Waits for the rest of a group, then ends it.
 *
 * @param {number | undefined} group Its id; undefined when it never started.
 * @returns {Promise<boolean>} Whether somebody had to be killed.
 */
async function sweep(group) {
  if (group === undefined) {
    return false;
  }
  if (await isGone(group)) {
    return false;
  }
  signalGroup(group, "SIGKILL");
  await isGone(group);
  return true;
}

/** Ends every program that is still running. */
export function killAll() {
  for (const group of groups) {
    signalGroup(group, "SIGKILL");
  }
}

/**
 * Puts an ending into words.
 *
 * @param {number | null} code Exit code.
 * @param {NodeJS.Signals | null} signal What killed it.
 * @param {number} overLimit Seconds of the limit that was exceeded; 0 when it was not.
 * @param {boolean} leftBehind Whether children outlived it.
 * @returns {string | null} One line; null when all is well.
 */
function problemOf(code, signal, overLimit, leftBehind) {
  if (overLimit > 0) {
    return `did not end within ${overLimit} s and was killed with its children`;
  }
  if (signal !== null) {
    return `was ended by ${signal}`;
  }
  if (code !== 0) {
    return `ended with code ${code ?? "unknown"}`;
  }
  return leftBehind ? "left processes behind, which were killed" : null;
}

/**
 * Runs a program to its end.
 *
 * @param {Program} program What to start.
 * @returns {Promise<Ending>} How it ended; never rejects.
 */
export function run({ command, args, cwd, env, limitSeconds, niceness = 0, write }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const group = child.pid;
    let overLimit = 0;
    const timer = setTimeout(() => {
      overLimit = limitSeconds;
      if (group !== undefined) {
        signalGroup(group, "SIGKILL");
      }
    }, limitSeconds * 1000);
    if (group !== undefined) {
      groups.add(group);
      // Whoever gives way already may not be told to do so less.
      setPriority(group, Math.max(niceness, getPriority()));
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", write);
    }
    /** @param {string | null} problem */
    const end = (problem) => {
      clearTimeout(timer);
      groups.delete(group ?? 0);
      resolve({ ok: problem === null, problem });
    };
    child.on("error", (error) => {
      end(`could not be started: ${error.message}`);
    });
    // Its children may hold its output open: they end, or are ended, before "close" can come.
    const swept = new Promise((done) => child.once("exit", done)).then(() => sweep(group));
    child.on("close", (code, signal) => {
      void swept.then((leftBehind) => {
        end(problemOf(code, signal, overLimit, leftBehind));
      });
    });
  });
}
