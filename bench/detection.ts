import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findingsOf } from "../provider/model-service/source-findings.ts";
import { execute } from "../provider/execute.ts";
import { type Machine, readMachine } from "../provider/machine.ts";
import type { Bench } from "./bench.ts";
import { examples, findingsOfEach, labelled, readLabels } from "./detection-examples.ts";
import { detectionProgram } from "../workloads/index.ts";

const goal = 0.98;
const fixtures = fileURLToPath(new URL("../test/fixtures/model-service", import.meta.url));

/** Pairs of a source and a distribution, counted. */
interface Score {
  readonly right: number;
  readonly found: number;
  readonly wanted: number;
  /** What is wrong, for people. */
  readonly wrong: readonly string[];
}

function scoreOf(name: string, found: ReadonlySet<string>, wanted: ReadonlySet<string>): Score {
  const missed = [...wanted].filter((each) => !found.has(each)).map((each) => `${name}: ${each} is missing`);
  const extra = [...found].filter((each) => !wanted.has(each)).map((each) => `${name}: ${each} is not needed`);
  const right = found.size - extra.length;
  return { right, found: found.size, wanted: wanted.size, wrong: [...missed, ...extra] };
}

function sum(scores: readonly Score[]): Score {
  const total = (of: "right" | "found" | "wanted"): number => scores.reduce((before, score) => before + score[of], 0);
  const wrong = scores.flatMap((score) => score.wrong);
  return { right: total("right"), found: total("found"), wanted: total("wanted"), wrong };
}

/** The repositories that lie beside the tests, by what their author says that they need. */
async function ofFixtures(machine: Machine): Promise<Score[]> {
  const expected = JSON.parse(readFileSync(join(fixtures, "expected.json"), "utf8")) as Record<string, string[]>;
  const needs = new Set(["always", "conditional", "lazy"]);
  const scores: Score[] = [];
  for (const [name, wanted] of Object.entries(expected)) {
    const { distributions } = await findingsOf(join(fixtures, name), { machine, program: detectionProgram });
    const found = distributions.filter(({ need }) => needs.has(need)).map((each) => each.name);
    scores.push(scoreOf(name, new Set(found), new Set(wanted)));
  }
  return scores;
}

/** Each example alone, by the rule of the labels; what is implied by something else is in no line, and does not count. */
async function ofExamples(machine: Machine, folder: string, files: readonly string[]): Promise<Score[]> {
  const { modules } = readLabels();
  const argv = ["python3", "-I", "-c", "import sys; print(*sys.stdlib_module_names)"];
  const standard = new Set((await execute(argv, { timeoutSec: 20 })).split(" "));
  const findings = await findingsOfEach(machine, folder, files);
  return files.map((file, index) => {
    const distributions = findings[index]?.distributions ?? [];
    const found = distributions.filter(({ certainty }) => certainty !== "implied").map(({ name }) => name);
    return scoreOf(file, new Set(found), labelled(readFileSync(file, "utf8"), modules, standard));
  });
}

/** How often the right distributions are named. */
export const detection: Bench = {
  name: "detection",
  title:
    "right distributions in the fixtures, and in the examples of Keras, scikit-learn and PyTorch; the lower of precision and recall",
  goal: `≥ ${String(goal)}`,
  unit: "share",
  run: async (progress) => {
    const machine = readMachine();
    const folder = mkdtempSync(join(tmpdir(), "underlay-bench-"));
    try {
      const own = sum(await ofFixtures(machine));
      const files = await examples(machine, folder);
      progress(`fixtures: ${String(own.right)} of ${String(own.wanted)}; now ${String(files.length)} examples`);
      const others = sum(await ofExamples(machine, folder, files));
      const all = sum([own, others]);
      for (const line of all.wrong) progress(line.replace(`${folder}/`, ""));
      const [precision, recall] = [all.right / all.found, all.right / all.wanted];
      const value = Math.min(precision, recall);
      const { right, found, wanted } = all;
      const detail = { precision, recall, right, found, wanted, examples: files.length, fixtures: own };
      return { value, n: wanted, interval: null, pass: value >= goal, detail };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
