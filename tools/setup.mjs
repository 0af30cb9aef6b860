#!/usr/bin/env node
// Set-up of a fresh machine: finds or gets what the project needs. `node tools/setup.mjs --help` says more.
import { mkdirSync } from "node:fs";
import { help, parseOptions } from "./arguments.mjs";
import { pruneUnused, sweep } from "./cache.mjs";
import { makeContext } from "./context.mjs";
import { fingerprint } from "./fingerprint.mjs";
import { messageOf } from "./finding.mjs";
import { lock } from "./lock.mjs";
import { marks, openLog } from "./log.mjs";
import { filesExist, isSufficient, readPrevious, writeMachine } from "./machine-file.mjs";
import { endOrphans } from "./orphans.mjs";
import { cacheFolder, logFile, machineFile } from "./paths.mjs";
import { killAll, setOwner } from "./run.mjs";
import { hasImage } from "./steps/container-engine.mjs";
import { npmPackagesMatch } from "./steps/npm-packages.mjs";

/** @typedef {import("./machine-file.mjs").Machine} Machine */
/** @typedef {import("./arguments.mjs").Options} Options */

/** For how long what runs made stays in the cache when nobody uses it. */
const unusedDays = 90;

/**
 * What the set-up before found, when it still holds.
 *
 * @param {Options} options What is asked for.
 * @returns {Promise<Machine | null>} Null when there is something to do.
 */
async function stillGood({ development, extras, force }) {
  const previous = readPrevious();
  const covers = (/** @type {Machine} */ { extras: had, development: hadTools }) =>
    (hadTools || !development) && extras.every((name) => had.includes(name));
  const asked =
    previous !== null && !force && covers(previous) && previous.retry.length === 0 && isSufficient(previous);
  if (!asked || previous.fingerprint !== fingerprint() || !npmPackagesMatch() || !filesExist(previous)) {
    return null;
  }
  const engine = previous.containerEngine;
  return engine === null || (await hasImage(engine.command, engine.image.reference)) ? previous : null;
}

/**
 * Does whatever is to be done.
 *
 * @param {Options} options What is asked for.
 * @returns {Promise<Machine>} What was found.
 */
async function work({ development, extras, force }) {
  const log = openLog(logFile);
  endOrphans(cacheFolder).forEach((pid) =>
    log.say(`${marks.working} ended process ${pid}, left by a set-up that was killed`),
  );
  (await sweep(cacheFolder)).forEach((folder) =>
    log.say(`${marks.working} removed ${folder}, left by a set-up that was killed`),
  );
  (await pruneUnused(cacheFolder, unusedDays)).forEach((entry) =>
    log.say(
      `${marks.working} removed ${entry}, which nobody used for ${unusedDays} days; it is made again when asked for`,
    ),
  );
  const previous = readPrevious();
  const wanted = development || previous?.development === true;
  const wantedExtras = [...new Set([...(previous?.extras ?? []), ...extras])];
  const progress = (/** @type {string} */ step, /** @type {string} */ text) =>
    log.say(`${marks.working} ${step}: ${text}`);
  const context = makeContext({ cache: cacheFolder, development: wanted, extras: wantedExtras, force, log, progress });
  log.say(`${marks.working} setting up; all that is printed is also in ${log.file}`);
  const { performAll } = await import("./plan.mjs");
  const found = await performAll(context);
  /** @type {Machine} */
  const machine = {
    schemaVersion: 1,
    at: new Date().toISOString(),
    fingerprint: fingerprint(),
    development: wanted,
    extras: wantedExtras,
    ...found,
  };
  writeMachine(machine);
  return machine;
}

/**
 * Says how it ended, with what to do where something is missing.
 *
 * @param {Machine} machine What was found.
 * @param {number} started When set-up started, on the monotonic clock.
 */
function conclude(machine, started) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const lacking = machine.findings.filter(({ status }) => status !== "ok");
  lacking.forEach(({ status, title, detail, remedy }) =>
    process.stderr.write(`${marks[status]} ${title}: ${detail}${remedy === null ? "" : `\n  ${remedy}`}\n`),
  );
  const sufficient = isSufficient(machine);
  process.stderr.write(
    `${sufficient ? marks.ok : marks.missing} set-up ${sufficient ? "is complete" : "is incomplete"}: ${machineFile} (${seconds} s)\n`,
  );
  process.exitCode = sufficient ? 0 : 1;
}

async function main() {
  const started = performance.now();
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(help);
    return;
  }
  if (process.platform !== "linux") {
    throw new Error(
      `underlay measures on Linux, and this is ${process.platform}. Run it on a Linux machine or in a Linux virtual machine.`,
    );
  }
  mkdirSync(cacheFolder, { recursive: true });
  setOwner(cacheFolder);
  const release = await lock(cacheFolder, (owner) =>
    process.stderr.write(`${marks.working} waiting for the set-up of process ${owner}\n`),
  );
  const machine = (await stillGood(options)) ?? (await work(options));
  release();
  conclude(machine, started);
  if (options.json) {
    process.stdout.write(`${JSON.stringify(machine, null, 2)}\n`);
  }
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => {
    killAll();
    process.stderr.write("\nset-up was ended; the next one goes on from here\n");
    process.exit(130);
  });
}

main().catch((/** @type {unknown} */ error) => {
  killAll();
  process.stderr.write(`${marks.missing} set-up failed: ${messageOf(error)}\n`);
  process.exit(error instanceof TypeError ? 2 : 1);
});
