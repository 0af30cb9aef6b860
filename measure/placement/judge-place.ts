import { convert } from "../private-prices.ts";
import { type Blank, type Candidate, perThousandAt, type PlacementQuestion, uncosted, untold } from "./candidate.ts";
import type { ServingEvidence } from "./evidence.ts";
import type { Place } from "./places.ts";
import { sizeFor, type Verdict } from "./replicas.ts";
import type { Speed } from "./speed.ts";

/** What a service was found to need on a place. */
interface Use {
  readonly machines: number;
  /** vCPUs that all replicas keep busy together, on average, at the most. */
  readonly busyVcpus: number;
}

/** vCPUs beyond what machines earn credits for, replicas being spread over them evenly; null where they earn none. */
function surplusOf({ burstable }: Place, { machines, busyVcpus }: Use): number | null {
  return burstable === undefined ? null : Math.max(0, busyVcpus - machines * burstable.cpus);
}

/** What a place costs with so many machines; null with a reason. */
function costOf(place: Place, use: Use, { table, currency }: PlacementQuestion) {
  const { price, shared, burstable } = place;
  if (price === null) return { cost: null, reason: "its price is not known" } as const;
  const surplusVcpus = surplusOf(place, use);
  const perSurplus = burstable?.surplus ?? null;
  const isCharged = surplusVcpus !== null && surplusVcpus > 0;
  if (isCharged && perSurplus === null)
    return { cost: null, reason: "it uses more than its CPU credits, and what these cost is not known" } as const;
  const parts = [
    { amount: use.machines * price.amount, from: price },
    ...shared.map((one) => ({ amount: one.price.amount, from: one.price })),
    ...(isCharged && perSurplus !== null ? [{ amount: surplusVcpus * perSurplus.amount, from: perSurplus }] : []),
  ];
  const converted = parts.map(({ amount, from }) => convert(amount, from.currency, currency, table.book));
  const currencies = new Set(converted.map((one) => one.currency));
  const [own] = currencies;
  if (own === undefined || currencies.size > 1)
    return { cost: null, reason: "its parts are priced in several currencies" } as const;
  const rates = converted.flatMap(({ rate }) => (rate === null ? [] : [`${rate.asOf} ${rate.text}`]));
  const sources = parts.map(
    ({ from }) => `${from.asOf} ${from.source}${from.region === null ? "" : `, ${from.region}`}`,
  );
  return {
    cost: {
      perHour: converted.reduce((sum, { amount }) => sum + amount, 0),
      ...{ currency: own, surplusVcpus },
      asOf: parts.map(({ from }) => from.asOf).sort()[0] ?? "",
      sources: [...new Set([...sources, ...rates])],
    },
    reason: null,
  } as const;
}

/** Machines that so many replicas need; null with a reason where one has no room for any, or there are too few. */
function machinesFor(place: Place, { cpus, memoryMiB }: ServingEvidence, replicas: number) {
  const fit = Math.min(Math.floor(place.cpus / (cpus ?? 1)), Math.floor(place.memoryMiB / memoryMiB));
  if (fit < 1) return { machines: null, reason: "a replica has no room on it" } as const;
  const machines = Math.ceil(replicas / fit);
  if (place.machines !== null && machines > place.machines) {
    return {
      machines: null,
      reason: `it has room for ${String(fit * place.machines)} replicas, and ${String(replicas)} are needed`,
    } as const;
  }
  return { machines, reason: null } as const;
}

/** What is wrong with a place before anything is worked out; null when nothing is. */
function obstacle({ architecture, ...place }: Place, container: ServingEvidence): readonly [Verdict, string] | null {
  if (architecture !== null && container.architecture !== null && architecture !== container.architecture) {
    return ["cannot tell", `nothing was measured on ${architecture}`];
  }
  const { machines, reason } = machinesFor({ architecture, ...place }, container, 1);
  return machines === null ? ["does not qualify", reason] : null;
}

/** vCPUs that a replica keeps busy on average, at the most: all of its own while it answers. */
const busyVcpusOf = ({ cpus }: ServingEvidence, load: number | null): number => (load ?? 1) * (cpus ?? 1);

/** Judges a place that replicas of the container run on. */
export function judgePlace(place: Place, speed: Speed | null, question: PlacementQuestion): Candidate {
  const { container, demand } = question;
  const { name, kind } = place;
  const blank: Blank = {
    ...{ name, kind, replicas: null, machines: null, load: null, p95: null },
    ...{ evidence: container?.told ?? null, speed: speed?.told ?? null },
  };
  if (container === null) return untold(blank, "cannot tell", "no container of this model was measured");
  const wrong = obstacle(place, container);
  if (wrong !== null) return untold(blank, ...wrong);
  if (speed === null) return untold(blank, "cannot tell", "its speed is not known");
  const sizing = sizeFor(container, demand, speed);
  if (sizing.replicas === null) return untold(blank, sizing.verdict, sizing.reason ?? "");
  const { machines, reason } = machinesFor(place, container, sizing.replicas);
  if (machines === null) return untold(blank, "does not qualify", reason);
  const { replicas, load, p95 } = sizing;
  const found = { ...blank, verdict: "qualifies" as const, machines, replicas, load, p95 };
  const use = { machines, busyVcpus: replicas * busyVcpusOf(container, load) };
  const { cost, reason: without } = costOf(place, use, question);
  return cost === null
    ? { ...found, ...uncosted, reason: without }
    : { ...found, ...cost, reason: null, perThousand: perThousandAt(cost.perHour, demand.rate) };
}
