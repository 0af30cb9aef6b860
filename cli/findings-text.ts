import type { FindingEvidence, ModelFindings } from "../workloads/index.ts";

const needs: Readonly<Record<ModelFindings["distributions"][number]["need"], string>> = {
  always: "",
  conditional: ", on a branch",
  lazy: ", in a function",
  optional: ", may be missing",
  types: ", for types alone",
  tests: ", for tests alone",
};

const placeOf = ({ file, line }: Pick<FindingEvidence, "file" | "line">): string =>
  line === 0 ? file : `${file}:${String(line)}`;

const bytesOf = (bytes: number): string =>
  bytes < 1024 ? `${String(bytes)} B` : `${String(Number((bytes / 2 ** 20).toPrecision(2)))} MiB`;

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function because(evidence: readonly FindingEvidence[]): string {
  const [first] = evidence;
  return first === undefined ? "" : `  ${placeOf(first)}  ${first.what}`;
}

const shapeOf = (shape: readonly (number | null)[] | null): string =>
  shape === null ? "of unknown shape" : `(${shape.map((size) => (size === null ? "any" : String(size))).join(", ")})`;

function signatureText({ file, line, inputs }: ModelFindings["signatures"][number]): string {
  const tensors = inputs.map(({ name, type, shape }) => [name, type, shapeOf(shape)].filter(Boolean).join(" "));
  return `${tensors.join(", ")}  ${placeOf({ file, line })}`;
}

function artefactText({ path, format, bytes, versions }: ModelFindings["artefacts"][number]): string {
  const written = Object.entries(versions).map(([name, version]) => `, ${name} ${version}`);
  return `${path}: ${format}, ${bytesOf(bytes)}${written.join("")}`;
}

/** Findings for people: each with the first place that it rests on. */
export function findingsText(findings: ModelFindings): string {
  const { distributions, source, accelerator, problems, problemCount } = findings;
  const rest = problemCount - problems.length;
  const lines = [
    `${String(source.sources)} sources, ${String(source.notebooks)} of them notebooks; requirements: ${source.authority ?? "none declared"}`,
    ...section(
      "frameworks",
      findings.frameworks.map(({ name, evidence }) => `${name}${because(evidence)}`),
    ),
    ...section(
      "distributions",
      distributions.map(({ name, certainty, need, requirements, evidence }) => {
        const what = requirements.length > 0 ? requirements.join(" and ") : name;
        return `${what} (${certainty}${needs[need]})${because(evidence)}`;
      }),
    ),
    ...section(
      "bounds",
      findings.constraints.map(({ requirement, because: why, file }) => `${requirement}  ${file}  ${why}`),
    ),
    ...section("models", findings.artefacts.map(artefactText)),
    ...section("inputs", findings.signatures.map(signatureText)),
    ...section(
      "models that are not here",
      findings.loads.filter(({ there }) => !there).map(({ path, file, line }) => `${path}  ${placeOf({ file, line })}`),
    ),
    ...section(
      accelerator.required ? "accelerator, required" : "accelerator, where there is one",
      accelerator.evidence.slice(0, 1).map((each) => because([each]).trim()),
    ),
    ...section(
      "Python",
      findings.python.map(({ specifier, evidence }) => `${specifier}${because(evidence)}`),
    ),
    ...section(
      "system packages",
      findings.systemPackages.map(({ name, for: names }) => `${name} for ${names.join(", ")}`),
    ),
    ...section("problems", [
      ...problems.map(({ code, file, line, message }) => `${placeOf({ file, line })}: ${message} [${code}]`),
      ...(rest > 0 ? [`and ${String(rest)} more`] : []),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}
