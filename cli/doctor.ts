import pc from "picocolors";
import { readMachine } from "../provider/machine.ts";

const marks = { ok: pc.green("✓"), degraded: pc.yellow("!"), missing: pc.red("✗"), failed: pc.red("✗") } as const;

/** Prints every finding of set-up with its remedy; returns 1 when something is missing or went wrong. */
export function doctor(asJson: boolean): number {
  const { findings, at } = readMachine();
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ at, findings }, null, 2)}\n`);
  } else {
    for (const { status, title, detail, remedy } of findings) {
      process.stdout.write(`${marks[status]} ${title}: ${detail}\n${remedy === null ? "" : `    ${remedy}\n`}`);
    }
  }
  return findings.some(({ status }) => status === "missing" || status === "failed") ? 1 : 0;
}
