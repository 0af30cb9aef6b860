// A guest's configuration drive: a tar archive on a block device.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "../run.mjs";

/** What a guest prints that has come up, followed by its kernel's release. */
export const marker = "underlay-guest";

/**
 * Writes a drive whose init prints the marker and powers the guest off.
 *
 * @param {string} folder Where.
 * @returns {Promise<string>} The drive.
 */
export async function writeProbeDrive(folder) {
  const content = path.join(folder, "drive");
  mkdirSync(content);
  const init = ["#!/bin/sh", `echo "${marker} $(uname -r)"`, "sync", "echo o > /proc/sysrq-trigger", "sleep 60", ""];
  writeFileSync(path.join(content, "init"), init.join("\n"), { mode: 0o755 });
  const drive = path.join(folder, "drive.tar");
  await run("tar", ["--create", "--file", drive, "--owner=0", "--group=0", "--directory", content, "init"]);
  return drive;
}

/**
 * The kernel's release, from what a guest printed.
 *
 * @param {string} printed Its console.
 * @returns {string | null} Null when it did not come up.
 */
export function releaseOf(printed) {
  return new RegExp(`${marker} (\\S+)`).exec(printed)?.[1] ?? null;
}
