import { performance } from "node:perf_hooks";
import { messageOf, UnderlayError } from "../measure/error.ts";
import type { EnvironmentName } from "../measure/facts.ts";
import {
  type BlockStep,
  makeSchedule,
  remainingSeconds,
  type ScheduleStep,
  type StepObservation,
} from "../measure/schedule.ts";
import { reachedAt } from "../measure/network.ts";
import type { NetworkFacts } from "../measure/network-facts.ts";
import { identityVariables } from "./execute.ts";
import type { MeasurementInputs } from "./inputs.ts";
import { type ProbedHost, probeNetwork } from "./network-probe.ts";
import { placeOf, programPlace, shipProgram } from "./program.ts";
import type { Progress } from "./progress.ts";
import type { RecordFile } from "./record-file.ts";
import { type GroupMember, SessionGroup } from "./session-group.ts";
import { SessionError } from "./session.ts";

const timestamp = (): string => new Date().toISOString();

function duration(seconds: number | null): string {
  if (seconds === null) {
    return "time left not known yet";
  }
  const whole = Math.round(seconds);
  return whole < 60 ? `${String(whole)} s left` : `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s left`;
}

type MeasuredEnvironment = MeasurementInputs["hosts"][number];

/** An environment's hosts on the network that they share; null where they share none. */
function attachedOf(host: Omit<MeasuredEnvironment, "environment">): [ProbedHost, ...ProbedHost[]] | null {
  const [leader, ...others] = [host, ...host.companions].flatMap(({ connection, attachment }) =>
    attachment === undefined ? [] : [{ connection, attachment }],
  );
  return leader === undefined || others.length === 0 || others.length < host.companions.length
    ? null
    : [leader, ...others];
}

/** The sessions of an environment, the leading one first. */
export function membersOf(
  { plan, runId, name }: MeasurementInputs,
  host: MeasuredEnvironment,
): [GroupMember, ...GroupMember[]] {
  const shippedTo = programPlace({ runId, name }, host.environment);
  const roles = [plan.role, ...plan.companions.map(({ role }) => role)];
  const peers = attachedOf(host)?.map(({ attachment }, index) => [roles[index], reachedAt(attachment)]);
  const member = (role: string, own: Pick<GroupMember, "connection" | "options" | "during">): GroupMember => ({
    role,
    command: plan.command.map((word) =>
      word.replaceAll("{program}", placeOf(plan.directory, own.connection, shippedTo)),
    ),
    runId,
    owner: name,
    answerTimeoutSec: plan.answerTimeoutSec,
    ...own,
    options: {
      ...plan.options,
      ...own.options,
      ...(peers === undefined ? {} : { role, peers: Object.fromEntries(peers) as Record<string, string> }),
    },
  });
  return [
    member(plan.role, { connection: host.connection, options: {}, during: { plays: "together" } }),
    ...host.companions.flatMap(({ connection }, index) => {
      const companion = plan.companions[index];
      return companion === undefined ? [] : [member(companion.role, { ...companion, connection })];
    }),
  ];
}

/** Plays a schedule over sessions on all hosts of a measurement, and writes down what happens. */
export class Player {
  readonly #sessions = new Map<EnvironmentName, SessionGroup>();
  readonly #failed = new Set<EnvironmentName>();
  readonly #shipped = new Set<EnvironmentName>();
  readonly #observations: StepObservation[] = [];
  readonly #blocks: number;
  readonly #schedule: ScheduleStep[];
  #blocksPlayed = 0;

  constructor(
    readonly inputs: MeasurementInputs,
    readonly record: RecordFile,
    readonly progress: Progress,
    readonly signal: AbortSignal,
  ) {
    this.#schedule = makeSchedule(
      inputs.plan.schedule,
      inputs.hosts.map(({ environment }) => environment),
    );
    this.#blocks = this.#schedule.filter(({ action }) => action === "block").length;
  }

  /** Environments that failed; what they had measured stands in the record. */
  get failed(): ReadonlySet<EnvironmentName> {
    return this.#failed;
  }

  /** Measures what hosts of an environment have between them, and writes down what environments there are. */
  async prepare(): Promise<void> {
    for (const host of this.inputs.hosts) {
      this.signal.throwIfAborted();
      const { environment, facts } = host;
      const roles = this.inputs.plan.companions.map(({ role }) => role);
      const companions = host.companions.map((each, index) => ({ role: roles[index] ?? "", facts: each.facts }));
      const line = {
        type: "environment" as const,
        environment,
        facts,
        ...(companions.length === 0 ? {} : { companions }),
      };
      try {
        const network = await this.#probe(host);
        this.record.append({ ...line, ...(network === null ? {} : { network }) });
      } catch (thrown) {
        this.signal.throwIfAborted();
        this.record.append(line);
        await this.#fail({ environment, round: 0 }, thrown);
      }
    }
  }

  /** Plays the schedule to its end, or until it is cancelled; no session stays open. */
  async play(): Promise<void> {
    const onAbort = (): void => void this.#killAll();
    this.signal.addEventListener("abort", onAbort, { once: true });
    try {
      for (const [done, step] of this.#schedule.entries()) {
        this.signal.throwIfAborted();
        if (!this.#failed.has(step.environment)) {
          await this.#playOne(step, done);
        }
      }
    } finally {
      this.signal.removeEventListener("abort", onAbort);
      await this.#killAll();
    }
  }

  async #playOne(step: ScheduleStep, done: number): Promise<void> {
    const left = duration(remainingSeconds(this.#schedule, done, this.#observations));
    const from = performance.now();
    try {
      switch (step.action) {
        case "launch":
          this.progress.status(
            `${step.environment}: launching, round ${String(step.round + 1)} of ${String(this.inputs.plan.schedule.rounds)}; ${left}`,
          );
          await this.#launch(step.environment, step.round);
          break;
        case "block":
          await this.#block(step, left);
          break;
        case "stop":
          await this.#stop(step.environment, step.round);
      }
      this.#observations.push({ step, seconds: (performance.now() - from) / 1000 });
    } catch (thrown) {
      this.signal.throwIfAborted();
      await this.#fail(step, thrown);
    }
  }

  /** What the network between an environment's hosts carries; null where they share none. */
  async #probe({ environment, ...host }: MeasuredEnvironment): Promise<NetworkFacts[] | null> {
    const hosts = attachedOf(host);
    if (hosts === null) {
      return null;
    }
    this.progress.status(`${environment}: measuring the network between its hosts`);
    const env = identityVariables(this.inputs.runId, this.inputs.name);
    return probeNetwork(hosts, { env, signal: this.signal });
  }

  async #launch(environment: EnvironmentName, round: number): Promise<void> {
    const { inputs, record, signal } = this;
    const host = inputs.hosts.find((candidate) => candidate.environment === environment);
    if (host === undefined) {
      throw new RangeError(`no host is ${environment}`);
    }
    if (!this.#shipped.has(environment)) {
      const place = programPlace(inputs, environment);
      for (const { connection } of [host, ...host.companions]) {
        await shipProgram(inputs.plan.directory, connection, inputs, place, signal);
      }
      this.#shipped.add(environment);
    }
    signal.throwIfAborted();
    const [leader, ...others] = membersOf(inputs, host);
    const session = SessionGroup.open(leader, others);
    this.#sessions.set(environment, session);
    const { event, hostSeconds, startSeconds } = await session.start();
    record.append({
      type: "launch",
      environment,
      round,
      at: timestamp(),
      seconds: hostSeconds,
      startSeconds,
      parts: event.parts,
      facts: event.facts,
    });
  }

  async #block({ environment, round, series, block, steps }: BlockStep, left: string): Promise<void> {
    const { event, hostSeconds } = await this.#session(environment).block(series, block, steps);
    const { event: _event, series: _series, block: _block, ...numbers } = event;
    const { items, unit, seconds } = event;
    this.#blocksPlayed += 1;
    this.record.append({
      type: "block",
      environment,
      round,
      block,
      series,
      at: timestamp(),
      ...numbers,
      hostSeconds,
    });
    const count = `block ${String(this.#blocksPlayed)} of ${String(this.#blocks)}`;
    this.progress.status(`${environment}: ${count}, ${series}, ${(items / seconds).toFixed(2)} ${unit}/s; ${left}`);
  }

  async #stop(environment: EnvironmentName, round: number): Promise<void> {
    const { event, hostSeconds } = await this.#session(environment).stop();
    this.#sessions.delete(environment);
    const { peakMemoryMiB } = event;
    this.record.append({ type: "stop", environment, round, at: timestamp(), seconds: hostSeconds, peakMemoryMiB });
  }

  #session(environment: EnvironmentName): SessionGroup {
    const session = this.#sessions.get(environment);
    if (session === undefined) {
      throw new RangeError(`no session is open on ${environment}`);
    }
    return session;
  }

  async #fail({ environment, round }: Pick<ScheduleStep, "environment" | "round">, thrown: unknown): Promise<void> {
    this.#failed.add(environment);
    const session = this.#sessions.get(environment);
    this.#sessions.delete(environment);
    await session?.kill();
    const code = thrown instanceof UnderlayError ? thrown.code : "unexpected";
    const message = messageOf(thrown);
    const log = thrown instanceof SessionError ? [...thrown.log] : [];
    this.record.append({ type: "failure", environment, round, at: timestamp(), code, message, log });
    this.progress.warn(`${environment} failed, the others go on. ${message}`);
  }

  async #killAll(): Promise<void> {
    // They stay in the list until they are gone: whoever calls next waits for the same ends.
    await Promise.all([...this.#sessions.values()].map((session) => session.kill()));
  }
}
