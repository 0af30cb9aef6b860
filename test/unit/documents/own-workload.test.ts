import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { blocksIn, root, textOf } from "../../support/documents/blocks.ts";

const guide = "docs/guides/your-own-workload.md";
const program = path.join(root, "examples/own-workload/program/main.py");
const commands = [
  { command: "start", options: { mebibytes: 1 } },
  { command: "block", series: "hashing", block: 0, steps: 2 },
  { command: "stop" },
];

/** The events of a session with a program of Python. */
function eventsOf(...args: string[]): Record<string, unknown>[] {
  const input = commands.map((command) => `${JSON.stringify(command)}\n`).join("");
  const { stdout, stderr, status } = spawnSync("python3", ["-I", ...args], { input, encoding: "utf8" });
  expect(status, stderr).to.equal(0);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the workload of the guide", () => {
  const shown = blocksIn(textOf(guide), guide).find(({ language }) => language === "python");

  for (const [name, args] of [
    ["as the guide has it", ["-c", shown?.text ?? ""]],
    ["as the example has it", [program]],
  ] as const) {
    it(`speaks the session protocol, ${name}`, () => {
      const [hello, ready, block, stopped, ...more] = eventsOf(...args);
      expect(more).to.deep.equal([]);
      expect(hello).to.include({ event: "hello" });
      expect(ready).to.include({ event: "ready" }).and.to.have.nested.property("parts.warmUp").above(0);
      expect(block).to.include({ event: "block", series: "hashing", block: 0, items: 2, unit: "MiB" });
      expect(block).to.have.property("steps").with.lengthOf(2);
      expect(stopped).to.include({ event: "stopped" }).and.to.have.property("peakMemoryMiB").above(1);
    });
  }

  it("is put on hosts by the same code in the guide and in the example", () => {
    const code = (text: string): string =>
      text
        .replaceAll(/^\/[/*].*\n/gm, "")
        .replaceAll(/^\n/gm, "")
        .replace('"underlay/components"', '"../../components/index.ts"');
    const stack = blocksIn(textOf(guide), guide).find(({ language }) => language === "ts");
    const example = readFileSync(path.join(root, "examples/own-workload/index.ts"), "utf8");
    expect(code(`${stack?.text ?? ""}\n`)).to.equal(code(example));
  });
});
