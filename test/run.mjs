// Runs the lanes of tests behind `npm test`. Every lane is run, whatever became of the others; then one line counts.
import path from "node:path";
import { parseArgs } from "node:util";
import { enginePath } from "../tools/launchers.mjs";
import { lanes } from "./lanes.mjs";
import { killAll, run } from "./support/child.mjs";
import { countOne, none, sum } from "./support/counts.mjs";
import { readMachine } from "./support/machine.mjs";
import { orderedOutput } from "./support/output.mjs";
import { checksFolder, keyOfInputs, passedBefore, remember } from "./support/passed-before.mjs";
import { keepCompiled, makeTemporary, removeTemporary } from "./support/temporary.mjs";

/** @typedef {import("./lanes.mjs").Lane} Lane */
/** @typedef {import("./lanes.mjs").Place} Place */
/** @typedef {import("./lanes.mjs").Step} Step */
/** @typedef {import("./support/counts.mjs").Counts} Counts */
/** @typedef {import("./support/output.mjs").Channel} Channel */
/** @typedef {{ lane: string, counts: Counts, seconds: number }} Outcome */

const usage = `npm test -- [--lane NAME]... [--again] [--list] [--json]

  --lane NAME  Run this lane only; may be repeated.
  --again      Run also the checks of files that passed before on the same files.
  --list       List the lanes and whether each can run here.
  --json       Print the outcome as JSON; progress goes to standard error.
`;
/** Lanes that compute, at once. */
const lanesAtOnce = 2;
/** How far lanes give way: the lanes that wait are the longest, and need little where they need it. */
const niceness = { beside: 5, waiting: 0, alone: 0 };
const root = path.resolve(import.meta.dirname, "..");

/**
 * The environment of a lane: the caller's, without its Pulumi account and state, and with temporary folders.
 *
 * @param {Place} place Where the lane runs.
 * @returns {NodeJS.ProcessEnv} All of it.
 */
function environment({ temporary, machine }) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    // A user's login, backend and stacks stay untouched by tests, and npm's settings do not leak into theirs.
    if (name.startsWith("PULUMI_") || name.startsWith("npm_")) {
      Reflect.deleteProperty(env, name);
    }
  }
  return {
    ...env,
    PATH: [...enginePath(machine?.pulumi?.path ?? []), env["PATH"] ?? ""].join(path.delimiter),
    PULUMI_HOME: path.join(temporary, "pulumi"),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    TMPDIR: temporary,
    XDG_STATE_HOME: path.join(temporary, "state"),
  };
}

/**
 * What a step that only reads files depends on.
 *
 * @param {Step} step The step.
 * @param {Place} place Where.
 * @returns {string | null} A key; null for every other step.
 */
function inputsOf({ name, args, reads }, { root, checks }) {
  // A copy of the repository elsewhere is the same.
  const words = args.map((word) => word.replaceAll(root, ".").replaceAll(checks, "checks"));
  return reads === undefined ? null : keyOfInputs(root, [name, ...words, ...reads]);
}

/**
 * Runs one program of a lane, unless it only reads files and passed on these before.
 *
 * @param {Step} step The program.
 * @param {Place} place Where.
 * @param {{ limitSeconds: number, niceness: number }} how After how long it is killed, and how far it gives way.
 * @param {(text: string) => void} write Takes what it prints.
 * @returns {Promise<Counts>} Its tests.
 */
async function runStep(step, place, { limitSeconds, niceness }, write) {
  const inputs = inputsOf(step, place);
  if (inputs !== null && !place.again && passedBefore(inputs)) {
    write(`-- ${step.name} passed before on the same files\n`);
    return step.count(null);
  }
  write(`-- ${step.name}\n`);
  const { command, args, cwd = place.root } = step;
  const env = { ...environment(place), ...step.env };
  const { problem } = await run({ command, args, cwd, env, limitSeconds, niceness, write });
  if (problem !== null) {
    write(`-- ${step.name} ${problem}\n`);
  } else if (inputs !== null && inputs === inputsOf(step, place)) {
    await remember(inputs);
  }
  return step.count(problem);
}

/**
 * Runs the programs of a lane that can run.
 *
 * @param {Lane} lane The lane.
 * @param {Place} place Where.
 * @param {(text: string) => void} write Takes what they print.
 * @returns {Promise<Counts>} The lane's tests.
 */
async function runSteps(lane, place, write) {
  const end = Date.now() + lane.limitSeconds * 1000;
  /** @type {Counts[]} */
  const counts = [];
  for (const step of lane.steps(place)) {
    const limitSeconds = Math.max(1, Math.round((end - Date.now()) / 1000));
    counts.push(await runStep(step, place, { limitSeconds, niceness: niceness[lane.turn] }, write));
  }
  return counts.length === 0 ? countOne(lane.name, "has nothing to run") : sum(counts);
}

/**
 * Runs a lane, or says why it cannot run.
 *
 * @param {Lane} lane The lane.
 * @param {Place} place Where.
 * @param {Channel} channel Its way to the terminal.
 * @returns {Promise<Outcome>} Its tests; never rejects.
 */
async function runLane(lane, place, channel) {
  const start = Date.now();
  /** @type {Counts} */
  let counts;
  try {
    const reason = lane.cannot(place);
    if (reason === null) {
      channel.write(`\n== ${lane.name}: ${lane.title}\n`);
      counts = await runSteps(lane, place, channel.write);
    } else {
      channel.write(`\n== ${lane.name}: cannot run here\n`);
      counts = { ...none, skipped: [{ title: lane.name, reason }] };
    }
  } catch (error) {
    counts = countOne(lane.name, error instanceof Error ? error.message : String(error));
  }
  const seconds = (Date.now() - start) / 1000;
  channel.write(`== ${lane.name}: ${inWords(counts)} in ${seconds.toFixed(1)} s\n`);
  channel.end();
  return { lane: lane.name, counts, seconds };
}

/**
 * The line that programs read.
 *
 * @param {Counts} counts What was counted.
 * @returns {string} `N passed, N failed, N skipped`.
 */
function inWords({ passed, failed, skipped }) {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}

/**
 * Runs lanes, each at its turn.
 *
 * @param {readonly Lane[]} chosen The lanes.
 * @param {Place} place Where.
 * @param {(text: string) => void} print Takes what they print.
 * @returns {Promise<Outcome[]>} In the lanes' order.
 */
async function runAll(chosen, place, print) {
  const open = orderedOutput(print);
  const queue = chosen.map((lane) => ({ lane, channel: open() }));
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map();
  /** @param {typeof queue} jobs Taken one by one. */
  const work = async (jobs) => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      outcomes.set(job.lane.name, await runLane(job.lane, place, job.channel));
    }
  };
  /** @param {import("./lanes.mjs").Turn} turn Which. */
  const at = (turn) => queue.filter(({ lane }) => lane.turn === turn);
  const beside = at("beside");
  const computing = Array.from({ length: lanesAtOnce }, () => work(beside));
  await Promise.all([...at("waiting").map((job) => work([job])), ...computing]);
  await work(at("alone"));
  return chosen.flatMap(({ name }) => outcomes.get(name) ?? []);
}

/**
 * Prints every failure and every skip once more, where the eye ends up.
 *
 * @param {readonly Outcome[]} outcomes All lanes.
 * @param {(text: string) => void} print Takes it.
 */
function printSummary(outcomes, print) {
  print("\n");
  for (const { lane, counts } of outcomes) {
    for (const { title, reason } of counts.skipped) {
      print(`SKIPPED ${title === lane ? lane : `${lane} › ${title}`}: ${reason}\n`);
    }
  }
  for (const { lane, counts } of outcomes) {
    for (const { title, reason } of counts.failed) {
      print(`FAILED ${title === lane ? lane : `${lane} › ${title}`}: ${reason}\n`);
    }
  }
}

/**
 * Lists the lanes.
 *
 * @param {Place} place Where they would run.
 */
function list(place) {
  for (const lane of lanes) {
    const reason = lane.cannot(place);
    console.log(`${lane.name.padEnd(11)}${lane.title}${reason === null ? "" : ` (cannot run: ${reason})`}`);
  }
}

/**
 * Reads the command line.
 *
 * @returns {{ chosen: readonly Lane[], again: boolean, list: boolean, json: boolean }} What to do.
 */
function readArguments() {
  const { values } = parseArgs({
    options: {
      lane: { type: "string", multiple: true, default: [] },
      again: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const names = lanes.map(({ name }) => name);
  const unknown = values.lane.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`There is no lane "${unknown}". The lanes are ${names.join(", ")}.`);
  }
  const chosen = lanes.filter(({ name }) => values.lane.length === 0 || values.lane.includes(name));
  return { chosen, again: values.again, list: values.list, json: values.json };
}

/**
 * Runs what the command line asks for.
 *
 * @param {ReturnType<typeof readArguments>} options What to do.
 * @returns {Promise<number>} The exit code.
 */
async function main(options) {
  const checks = await checksFolder(root);
  const place = { root, temporary: makeTemporary(), checks, again: options.again, machine: readMachine() };
  keepCompiled(place.temporary, path.join(checks, "tsx"));
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.once(signal, () => {
      killAll();
      removeTemporary(place.temporary);
      process.exit(130);
    });
  }
  if (options.list) {
    list(place);
    removeTemporary(place.temporary);
    return 0;
  }
  /** @param {string} text */
  const print = (text) => {
    (options.json ? process.stderr : process.stdout).write(text);
  };
  const outcomes = await runAll(options.chosen, place, print);
  const left = removeTemporary(place.temporary);
  if (left !== null) {
    outcomes.push({ lane: "cleanliness", counts: countOne("cleanliness", left), seconds: 0 });
  }
  const total = sum(outcomes.map(({ counts }) => counts));
  printSummary(outcomes, print);
  print(`${inWords(total)}\n`);
  if (options.json) {
    const totals = { passed: total.passed, failed: total.failed.length, skipped: total.skipped.length };
    const each = outcomes.map(({ lane, seconds, counts }) => ({ lane, seconds, ...counts }));
    process.stdout.write(`${JSON.stringify({ ...totals, lanes: each }, null, 2)}\n`);
  }
  return total.failed.length > 0 || total.passed === 0 ? 1 : 0;
}

try {
  process.exitCode = await main(readArguments());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
