import { UnderlayError } from "../../measure/error.ts";
import type { ModelFindings } from "./findings.ts";

/** What a lock is for. */
export interface RequirementsArgs {
  /** What computes: the processor alone, or NVIDIA accelerators. */
  readonly accelerator: "cpu" | "cuda";
}

/** What is to be resolved. */
export interface ModelRequirements {
  /** Requirements and bounds (PEP 508), one each. */
  readonly lines: readonly string[];
  /** What was chosen, and why, for people. */
  readonly notes: readonly string[];
}

/** Distributions in place of others, where the source itself does not say which. */
const builds: Readonly<Record<RequirementsArgs["accelerator"], Readonly<Record<string, string>>>> = {
  cpu: { tensorflow: "tensorflow-cpu", xgboost: "xgboost-cpu" },
  cuda: { tensorflow: "tensorflow[and-cuda]", onnxruntime: "onnxruntime-gpu[cuda,cudnn]" },
};

/** The requirement in place of one that nobody declared, such as `onnxruntime`: for what computes. */
export const buildOf = (requirement: string, { accelerator }: RequirementsArgs): string =>
  builds[accelerator][requirement] ?? requirement;

const needed: ReadonlySet<string> = new Set(["always", "conditional", "lazy"]);

/** The name at the beginning of a requirement. */
const nameIn = (requirement: string): string => /^[a-z0-9][\w.-]*/i.exec(requirement)?.[0] ?? requirement;

/**
 * What a source's findings ask an index for: all that may run, without tests, types and what may be missing.
 *
 * @throws UnderlayError `requirement-elsewhere` for a requirement by address, `nothing-needed` where there is none
 */
export function requirementsOf(findings: ModelFindings, { accelerator }: RequirementsArgs): ModelRequirements {
  const notes: string[] = [];
  const chosen = findings.distributions.filter(({ need }) => needed.has(need));
  const elsewhere = chosen.flatMap(({ requirements }) => requirements).find((line) => line.includes(" @ "));
  if (elsewhere !== undefined) {
    throw new UnderlayError(
      "requirement-elsewhere",
      `${elsewhere} is no distribution of an index, so that it cannot be locked by hash.`,
      "Publish it to an index, or copy it into the source.",
    );
  }
  const renamed = new Map<string, string>();
  const lines = chosen.flatMap(({ name, certainty, requirements, evidence }) => {
    const build = certainty === "declared" ? undefined : builds[accelerator][name];
    if (build !== undefined) {
      renamed.set(name, build);
      notes.push(`${build} in place of ${name}: for ${accelerator === "cpu" ? "the processor alone" : "CUDA"}`);
    }
    if (certainty === "assumed") {
      const [first] = evidence;
      const place = first === undefined ? "" : ` at ${first.file}:${String(first.line)}`;
      notes.push(`${name} is taken from the name of the import${place}: check that it is the distribution you mean`);
    }
    return requirements.length > 0 ? requirements : [build ?? name];
  });
  if (lines.length === 0) {
    throw new UnderlayError("nothing-needed", "The source imports nothing that is not Python's own or its own.");
  }
  const present = new Set(chosen.map(({ name }) => name));
  const bounds = findings.constraints.map(({ requirement, because, file }) => {
    const name = nameIn(requirement);
    // One that is declared under another name, such as tensorflow-cpu, brings what the bound is about.
    const build = renamed.get(name) ?? (present.has(name) ? name : standIn(name, present));
    const bound = `${build}${requirement.slice(name.length)}`;
    notes.push(`${bound}: ${because} (${file})`);
    return bound;
  });
  return { lines: [...new Set([...lines, ...bounds])], notes };
}

function standIn(name: string, present: ReadonlySet<string>): string {
  return [`${name}-cpu`, `${name}-gpu`].find((other) => present.has(other)) ?? name;
}
