import { availableParallelism, cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { UnderlayError } from "../measure/error.ts";
import type { Bench, BenchMachine, BenchResult } from "./bench.ts";
import { benches } from "./index.ts";
import { takeTemporary } from "./temporary.ts";

const usage = `Usage: npm run bench -- --list
       npm run bench -- NAME [--json]

Measures a figure of the project on this machine.
Exit status: 0 goal met, 1 goal missed, 2 wrong use, 3 this machine could not measure it.`;

/** Runs the program; gives its exit status. */
async function main(argv: readonly string[]): Promise<number> {
  const parsed = parse(argv);
  if (typeof parsed === "string") return misuse(parsed);
  const { values, positionals } = parsed;
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  if (values.list === true) {
    if (positionals.length > 0) return misuse("--list takes no name");
    const widest = (of: "name" | "goal"): number => Math.max(...benches.map((bench) => bench[of].length));
    for (const { name, goal, title } of benches) {
      console.log(`${name.padEnd(widest("name"))}  ${goal.padEnd(widest("goal"))}  ${title}`);
    }
    return 0;
  }
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) return misuse("name one bench");
  const bench = benches.find((candidate) => candidate.name === name);
  if (bench === undefined)
    return misuse(`there is no bench ${name}; there are ${benches.map((b) => b.name).join(", ")}`);
  takeTemporary();
  const result = await resultOf(bench);
  console.log(values.json === true ? JSON.stringify(result) : sentence(result));
  return result.pass ? 0 : 1;
}

function parse(argv: readonly string[]) {
  try {
    const flag = { type: "boolean" } as const;
    return parseArgs({ args: [...argv], allowPositionals: true, options: { list: flag, json: flag, help: flag } });
  } catch (error) {
    return (error as Error).message;
  }
}

function misuse(message: string): number {
  console.error(`${message}\n\n${usage}`);
  return 2;
}

async function resultOf(bench: Bench): Promise<BenchResult> {
  const at = new Date().toISOString();
  const start = performance.now();
  const measured = await bench.run((line) => console.error(line));
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  return { name: bench.name, ...measured, unit: bench.unit, goal: bench.goal, at, seconds, machine: machine() };
}

function machine(): BenchMachine {
  return {
    cpuModel: cpus()[0]?.model ?? "unknown",
    cpus: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 1_048_576),
    kernelRelease: release(),
    node: process.version,
  };
}

function sentence({ name, value, unit, interval, n, goal, pass, seconds }: BenchResult): string {
  const digits = (number: number): string => String(Number(number.toPrecision(4)));
  const range = interval === null ? "" : ` (95 % interval ${digits(interval.low)}–${digits(interval.high)})`;
  return `${name}: ${digits(value)} ${unit}${range}, n = ${n}, goal ${goal}: ${pass ? "met" : "MISSED"} in ${seconds} s`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // What is wrong with the machine is one message; anything else is a fault of the bench and keeps its stack.
  console.error(error instanceof UnderlayError ? `could not be measured: ${error.message}` : error);
  process.exitCode = 3;
}
