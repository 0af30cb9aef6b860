import type { ServingEvidence } from "./evidence.ts";
import { isTailBounded, loadOf, responseBound, type ServiceTimes } from "./queue.ts";
import type { Speed } from "./speed.ts";

/** What is asked of a service. */
export interface Demand {
  /** Requests in a second, on average. */
  readonly rate: number;
  /** What 95 % of all answers may take, in seconds. */
  readonly p95: number;
}

/** What a place may be judged to be. */
export type Verdict = "qualifies" | "does not qualify" | "cannot tell";

/** How many replicas a place needs, or why that cannot be said. */
export interface Sizing {
  readonly verdict: Verdict;
  readonly replicas: number | null;
  /** Share of the time that each is busy. */
  readonly load: number | null;
  /** Upper bound of the 95th percentile, in seconds. */
  readonly p95: number | null;
  readonly reason: string | null;
}

/** Most replicas that are tried. */
const mostReplicas = 10_000;

const not = (verdict: Verdict, reason: string): Sizing => ({ verdict, replicas: null, load: null, p95: null, reason });
const scaled = ({ p50, p95, p99 }: ServiceTimes, speed: number): ServiceTimes => {
  const of = (time: number | null): number | null => (time === null ? null : time / speed);
  return { p50: p50 / speed, p95: of(p95), p99: of(p99) };
};

/** Why nothing can be worked out, or need not be; null when it can. */
function obstacle({ times, perSecond }: ServingEvidence, p95: number, { low, high }: Speed): Sizing | null {
  if (times === null) return not("cannot tell", "no latency was measured");
  const least = times.p95 === null ? 0 : times.p95 / high;
  if (least > p95) return not("does not qualify", `answers alone take ${least.toFixed(3)} s, without any queue`);
  if (times.p99 === null) return not("cannot tell", "the 99th percentile needs at least 299 requests");
  if (!isTailBounded(times)) {
    return not("cannot tell", "service times spread more than exponential ones: the queue's bound does not hold");
  }
  if (perSecond === null) return not("cannot tell", "nobody measured how many requests it answers in a second");
  const slowest = times.p99 / low;
  return slowest > p95
    ? not("cannot tell", `p99 is ${slowest.toFixed(3)} s, beyond the limit: between p95 and p99 nothing is known`)
    : null;
}

/**
 * The least number of replicas that keeps the 95th percentile within what is asked. Requests are spread at random, so each
 * replica has a Poisson process of its own. A replica is taken as one server of its measured capacity: whatever it does at
 * the same time, it makes requests wait no longer than that.
 */
export function sizeFor(evidence: ServingEvidence, demand: Demand, speed: Speed): Sizing {
  const { times, perSecond } = evidence;
  const wrong = obstacle(evidence, demand.p95, speed);
  if (wrong !== null || times === null || perSecond === null)
    return wrong ?? not("cannot tell", "nothing was measured");
  const slow = scaled(times, speed.low);
  const capacity = perSecond * speed.low;
  for (let replicas = Math.max(1, Math.ceil(demand.rate / capacity)); replicas <= mostReplicas; replicas += 1) {
    const queue = { rate: demand.rate / replicas, servers: 1, perServer: capacity };
    const bound = responseBound(slow, queue);
    if (bound !== null && bound <= demand.p95) {
      return { verdict: "qualifies", replicas, load: loadOf(queue), p95: bound, reason: null };
    }
  }
  return not("does not qualify", `more than ${String(mostReplicas)} replicas would be needed`);
}
