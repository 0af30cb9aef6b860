import type { PublishedClaim, PublishedSet } from "../../catalogue/published/schema.ts";
import type { EnvironmentName } from "../facts.ts";
import { meets } from "./evidence.ts";
import type { Measured } from "./evidence.ts";
import type { Difference, StudyCell } from "./judgement.ts";

/** Kinds of virtualisation in words. */
const virtualisations: Readonly<Record<string, string>> = {
  none: "nothing",
  kvm: "KVM",
  "user-mode-linux": "User-Mode Linux, which has no hardware virtualisation",
  "qemu-tcg": "QEMU without KVM, which translates every instruction",
};

/**
 * What sets a study apart from a publication, as far as a claim is concerned: what ran there, from the facts of the
 * environments that the evidence is of, and what was not measured.
 *
 * @param claim What is claimed.
 * @param evidence What was found for the claim, with what was not measured.
 * @param cells The whole study.
 * @param published What was published.
 */
export function differencesOf(
  claim: PublishedClaim,
  evidence: readonly Measured[],
  cells: readonly StudyCell[],
  published: PublishedSet,
): Difference[] {
  const { setting } = published;
  const used = evidence.filter(({ unmeasured }) => !unmeasured);
  const own = [...new Set(used.map(({ cell }) => cell))];
  const names = new Set<EnvironmentName>([
    ...used.map(({ environment }) => environment),
    ...(claim.baseline === null ? [] : [claim.baseline]),
  ]);
  const facts = own.flatMap(({ results }) => results.environments.filter(({ environment }) => names.has(environment)));
  return [
    ...accelerators(facts, setting),
    ...virtualisation(facts, setting),
    ...machine(facts),
    ...frameworks(own, setting),
    ...batchSizes(own, setting),
    ...profiles(own),
    ...drift(used),
    ...coverage(claim, evidence, cells),
  ];
}

type Environments = StudyCell["results"]["environments"];
type Setting = PublishedSet["setting"];

function accelerators(environments: Environments, { accelerator, acceleratorsPerInstance }: Setting): Difference[] {
  const theirs = `${acceleratorsPerInstance} × ${accelerator}`;
  const difference = (text: string): Difference => ({ kind: "accelerator", text });
  const without = environments.filter(({ facts }) => facts.accelerators.length === 0);
  const models = [...new Set(without.map(({ facts }) => facts.cpuModel))];
  const others = environments.flatMap(({ facts }) =>
    facts.accelerators.length === 0 ? [] : [facts.accelerators.join(", ")],
  );
  return [
    ...(models.length === 0 ? [] : [difference(`CPU instead of GPU: ${models.join(", ")}; theirs: ${theirs}`)]),
    ...[...new Set(others)]
      .filter((text) => !text.includes(accelerator))
      .map((text) => difference(`other accelerators: ${text}; theirs: ${theirs}`)),
  ];
}

function virtualisation(environments: Environments, setting: Setting): Difference[] {
  const guests = environments.filter(({ environment }) => environment === "vm" || environment === "container-on-vm");
  const kinds = [...new Set(guests.map(({ facts }) => facts.virtualisation))].filter((kind) => kind !== "kvm");
  return kinds.map((kind) => ({
    kind: "virtualisation",
    text: `the vm is virtualised by ${virtualisations[kind] ?? kind}; theirs: ${setting.virtualisation}`,
  }));
}

function machine(environments: Environments): Difference[] {
  const kinds = [...new Set(environments.map(({ facts }) => facts.machineVirtualisation))].filter(
    (kind) => kind !== "none",
  );
  return kinds.map((kind) => ({
    kind: "machine",
    text: `the machine itself is virtual (${kind}), so that bare-metal is not; theirs were physical nodes`,
  }));
}

function frameworks(cells: readonly StudyCell[], { framework }: Setting): Difference[] {
  const others = [...new Set(cells.map((cell) => cell.framework))].filter((name) => name !== framework);
  return others.map((name) => ({ kind: "framework", text: `measured with ${name}; theirs: ${framework}` }));
}

function batchSizes(cells: readonly StudyCell[], { batchSizes: theirs }: Setting): Difference[] {
  const texts = cells.flatMap(({ model, batchSize }) => {
    const their = theirs[model];
    return their === undefined || their === batchSize ? [] : [`${model} with batch ${batchSize}; theirs: ${their}`];
  });
  return [...new Set(texts)].map((text) => ({ kind: "batch size", text }));
}

function profiles(cells: readonly StudyCell[]): Difference[] {
  const quick = cells.some(({ results }) => results.profile === "quick");
  return quick ? [{ kind: "profile", text: "profile “quick”: fewer and shorter blocks than theirs" }] : [];
}

function drift(evidence: readonly Measured[]): Difference[] {
  const drifted = evidence.filter(({ cell, series }) =>
    cell.results.drift.some((each) => each.series === series && each.verdict === "drifted"),
  );
  const texts = drifted.map(
    ({ cell, series }) =>
      `the machine drifted while ${series} was measured with ${cell.model}, scenario ${cell.scenario}`,
  );
  return [...new Set(texts)].map((text) => ({ kind: "drift", text }));
}

/** What the claim is about and the study has not. */
function coverage(claim: PublishedClaim, evidence: readonly Measured[], cells: readonly StudyCell[]): Difference[] {
  const { conditions, environments } = claim;
  const fitting = cells.filter((cell) => meets(cell, conditions));
  const models = conditions.models.filter((model) => !fitting.some((cell) => cell.model === model));
  const batch = conditions.batchSize === null ? "" : ` with batch ${conditions.batchSize}`;
  const texts = [
    ...models.map((model) => `${model}${batch} was not measured in the scenario ${conditions.scenarios.join(", ")}`),
    ...evidence.flatMap(({ unmeasured, reason, environment, cell }) =>
      unmeasured && environments.includes(environment) ? [`${reason ?? "not measured"} (${cell.model})`] : [],
    ),
  ];
  return [...new Set(texts)].map((text) => ({ kind: "coverage", text }));
}
