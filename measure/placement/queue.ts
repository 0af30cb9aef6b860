import { UnderlayError } from "../error.ts";

/** What a queue is made of: requests come at random, independent of each other, and wait for the first server that is free. */
export interface Queue {
  /** Requests that come in a second, on average: a Poisson process. */
  readonly rate: number;
  /** Servers: at least 1. */
  readonly servers: number;
  /** Requests that each of them answers in a second, at most. */
  readonly perServer: number;
}

/** Share of the time that servers are busy: at 1 and above the queue grows without end. */
export const loadOf = ({ rate, servers, perServer }: Queue): number => rate / (servers * perServer);

/**
 * The probability that a request has to wait, in an M/M/c queue: Erlang's C, by the recursion of his B, which stays in range
 * for any number of servers. 1 where the queue grows without end.
 *
 * @throws UnderlayError `queue-invalid` when it is no queue
 * @source Kleinrock, Queueing Systems, volume 1 (1975), section 3.5; Cooper, Introduction to Queueing Theory (1981), section 3.3
 */
export function waitProbability(queue: Queue): number {
  const { rate, servers, perServer } = queue;
  if (!(rate >= 0 && perServer > 0 && Number.isInteger(servers) && servers >= 1)) {
    throw new UnderlayError("queue-invalid", `${JSON.stringify(queue)} is no queue.`);
  }
  const load = loadOf(queue);
  if (load >= 1) return 1;
  const offered = rate / perServer;
  let blocked = 1;
  for (let count = 1; count <= servers; count += 1) blocked = (offered * blocked) / (count + offered * blocked);
  return blocked / (1 - load * (1 - blocked));
}

/**
 * The wait that only this share of requests exceeds, in seconds: P(W > t) = C e^−(cμ − λ)t.
 *
 * @param queue its requests and servers
 * @param share of requests, above 0, below 1
 * @returns infinite where the queue grows without end
 * @source as `waitProbability`
 */
export function waitExceededBy(queue: Queue, share: number): number {
  if (loadOf(queue) >= 1) return Infinity;
  const waiting = waitProbability(queue);
  if (waiting <= share) return 0;
  return Math.log(waiting / share) / (queue.servers * queue.perServer - queue.rate);
}

/** Response times without a queue, in seconds, as they were measured. */
export interface ServiceTimes {
  readonly p50: number;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** p99 ÷ p50 of exponential service times. */
const exponentialTail = Math.log(100) / Math.log(2);

/**
 * Whether service times spread no more than exponential ones, as far as their percentiles tell: only then is an M/M/c
 * queue's wait an upper bound. In the approximation of Allen and Cunneen waits are (1 + squared coefficient of variation) ÷ 2
 * times those of M/M/c.
 *
 * @source Allen, Probability, Statistics and Queueing Theory (1990), section 5.3: the Allen-Cunneen approximation
 */
export function isTailBounded({ p50, p99 }: ServiceTimes): boolean {
  return p99 !== null && p99 / p50 <= exponentialTail;
}

/**
 * An upper bound of the 95th percentile of response times, in seconds. A request is slower than p99 + w only if its service
 * takes more than p99, which 1 % do, or its wait more than w; so with the w that 4 % exceed, at most 5 % are slower. This
 * holds however service and wait depend on each other (Boole's inequality).
 *
 * @returns null where no p99 was measured
 */
export function responseBound(times: ServiceTimes, queue: Queue): number | null {
  return times.p99 === null ? null : times.p99 + waitExceededBy(queue, 0.04);
}
