import { ownPrice } from "../planned/price-table.ts";
import { assumptionsOf, settling } from "./assumptions.ts";
import type { Candidate, Placement, PlacementQuestion } from "./candidate.ts";
import { judgeFunction } from "./judge-function.ts";
import { judgePlace } from "./judge-place.ts";
import { flavorPlaces, kubernetesPlaces, type Place } from "./places.ts";
import type { Verdict } from "./replicas.ts";
import { sameMachine } from "./speed.ts";

const order: Readonly<Record<Verdict, number>> = { qualifies: 0, "cannot tell": 1, "does not qualify": 2 };

function compare(a: Candidate, b: Candidate, costOf: (one: Candidate) => number): number {
  const verdicts = order[a.verdict] - order[b.verdict];
  if (verdicts !== 0) return verdicts;
  const [one, other] = [costOf(a), costOf(b)];
  return one === other ? 0 : one < other ? -1 : 1;
}

/** The machine that the container was measured on. */
function localPlace({ container, table, here }: PlacementQuestion): Place[] {
  if (container?.machineCpus === null || container?.machineCpus === undefined || container.machineMemoryMiB === null)
    return [];
  const price = here === null ? null : ownPrice(table, here);
  return [
    {
      ...{ name: "this machine", kind: "local", cpus: container.machineCpus, memoryMiB: container.machineMemoryMiB },
      ...{ machines: 1, architecture: container.architecture, price, shared: [] },
    },
  ];
}

/**
 * Where to run a service for the least money: each place gets as many replicas as it needs, and what they cost.
 *
 * @param question What is asked, what was measured and what things cost.
 */
export function place(question: PlacementQuestion): Placement {
  const { table, speedOf, currency, demand } = question;
  const places = [...flavorPlaces(table), ...kubernetesPlaces(table)];
  const judged = [
    ...localPlace(question).map((one) => judgePlace(one, sameMachine, question)),
    ...places.map((one) => judgePlace(one, speedOf(one.name), question)),
    ...question.functions.map((one) => judgeFunction(one, question)),
  ];
  const comparable = (one: Candidate): number => (one.currency === currency ? (one.perHour ?? Infinity) : Infinity);
  const candidates = judged.toSorted((a, b) => compare(a, b, comparable));
  const first = candidates[0];
  const chosen = first?.verdict === "qualifies" && comparable(first) < Infinity ? first : null;
  return {
    demand,
    candidates,
    chosen,
    currency,
    settle: settling(question, judged),
    assumptions: assumptionsOf(question, judged),
  };
}
