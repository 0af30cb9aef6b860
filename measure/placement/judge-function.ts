import { costOfRequest } from "../function-cost.ts";
import { convert } from "../private-prices.ts";
import { type Blank, type Candidate, type PlacementQuestion, uncosted, untold } from "./candidate.ts";
import { meanBound, type ServingEvidence } from "./evidence.ts";
import { sameMachine, type Speed } from "./speed.ts";

/** How many instances are busy at the same time, and how long an answer takes at the slower end of what is known. */
function warm(evidence: ServingEvidence, speed: Speed, { demand, concurrency }: PlacementQuestion) {
  const { times } = evidence;
  if (times === null) return ["cannot tell", "no latency was measured"] as const;
  if (times.p95 === null) return ["cannot tell", "the 95th percentile needs at least 59 requests"] as const;
  const least = times.p95 / speed.high;
  if (least > demand.p95) return ["does not qualify", `warm answers take ${least.toFixed(3)} s`] as const;
  const p95 = times.p95 / speed.low;
  if (p95 > demand.p95) return ["cannot tell", "its speed is not known well enough"] as const;
  const bound = meanBound(times);
  const mean = bound === null ? null : bound / speed.low;
  const busy = mean === null ? null : Math.ceil(demand.rate * mean);
  return busy !== null && busy > concurrency
    ? (["does not qualify", `it needs ${String(busy)} instances at once, and may have ${String(concurrency)}`] as const)
    : { p95, mean, busy };
}

/**
 * Judges a function. It has an instance for each request that is under way, as many as the rate times their duration
 * (Little's law), and none waits while there are enough. Cold starts are not part of it.
 */
export function judgeFunction(evidence: ServingEvidence, question: PlacementQuestion): Candidate {
  const speed = evidence.inPlace ? sameMachine : question.speedOf("lambda");
  const blank: Blank = {
    ...{ name: `AWS Lambda, ${String(evidence.memoryMiB)} MiB`, kind: "function" },
    ...{ replicas: null, machines: null, load: null, p95: null, evidence: evidence.told, speed: speed?.told ?? null },
  };
  if (speed === null) return untold(blank, "cannot tell", "its speed is not known");
  const found = warm(evidence, speed, question);
  if (!("mean" in found)) return untold(blank, found[0], found[1]);
  const { p95, mean, busy } = found;
  return { ...blank, verdict: "qualifies", replicas: busy, p95, ...chargeOf(evidence, mean, question) };
}

type Charged = Pick<Candidate, "reason" | keyof typeof uncosted>;

/** What its requests are charged for: what the service charged, or else the mean of response times at the list's prices. */
function chargeOf(
  { costPerThousand, memoryMiB, architecture }: ServingEvidence,
  mean: number | null,
  question: PlacementQuestion,
): Charged {
  const { demand, table, currency } = question;
  const instance = { memoryMiB, architecture: architecture ?? "x86_64", ephemeralStorageMiB: 512 } as const;
  const billed =
    costPerThousand ?? (mean === null ? null : costOfRequest(table.functions, instance, mean, true).total * 1000);
  if (billed === null) return { ...uncosted, reason: "what it is charged for was not measured" };
  const { name: book, asOf, currency: own } = table.functions;
  const { amount, currency: into, rate } = convert(billed, own, currency, table.book);
  const sources = [`${asOf} ${book}`, ...(rate === null ? [] : [`${rate.asOf} ${rate.text}`])];
  const charged = { perThousand: amount, perHour: amount * demand.rate * 3.6, currency: into, surplusVcpus: null };
  return { reason: null, ...charged, asOf, sources };
}
