import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const module = JSON.stringify(fileURLToPath(new URL("../../../bench/temporary.ts", import.meta.url)));
// What a framework leaves, by a program of its own, and the place of it for the test.
const leaves = `const { takeTemporary } = await import(${module});
takeTemporary();
const { execFileSync } = await import("node:child_process");
const file = execFileSync("mktemp", ["-t", "__autograph_generated_fileXXXX"]).toString().trim();`;

describe("the folder of a bench for temporary files", function () {
  this.timeout(20_000);

  /** Runs a bench's program until it has left something, and then sends a signal. */
  async function ended(program: string, signal: NodeJS.Signals | null) {
    const argv = ["--import", "tsx", "--input-type=module", "--eval", `${leaves}\n${program}`];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "ignore"] });
    const close = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    const [file] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    if (signal !== null) child.kill(signal);
    const [code, by] = await close;
    return { file, code, by };
  }

  for (const [what, program, signal, code] of [
    ["its end", "console.log(file)", null, 0],
    ["an error", 'console.log(file); throw new Error("no")', null, 1],
    ["Ctrl-C", "console.log(file); setInterval(() => {}, 1000)", "SIGINT", 130],
    ["SIGTERM", "console.log(file); setInterval(() => {}, 1000)", "SIGTERM", 143],
    [
      "Ctrl-C that a command takes for itself",
      "const t = setInterval(() => {}, 1000); process.on('SIGINT', () => { clearInterval(t); process.exitCode = 7; }); console.log(file)",
      "SIGINT",
      7,
    ],
  ] as const) {
    it(`goes with what was left in it at ${what}`, async () => {
      const run = await ended(program, signal);
      expect(run).to.include({ code, by: null });
      expect(run.file).to.match(/__autograph_generated_file/);
      expect(dirname(dirname(run.file))).to.equal(tmpdir());
      expect(existsSync(dirname(run.file))).to.equal(false);
    });
  }
});
