// A browser, for the test that looks at a report.
import { findCommand } from "../find-command.mjs";

/** Programs that are Chromium. */
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Finds Chromium.
 *
 * @returns {Promise<import("../finding.mjs").Found<string>>} Its program.
 */
export async function chromiumStep() {
  const found = names.map(findCommand).find((command) => command !== null) ?? null;
  return found === null
    ? {
        part: null,
        status: "missing",
        detail: `none of ${names.join(", ")} is on PATH`,
        remedy: "Install Chromium; only a test that looks at the report needs it.",
      }
    : { part: found, status: "ok", detail: found };
}
