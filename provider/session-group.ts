import { setTimeout as sleep } from "node:timers/promises";
import type { CompanionPart } from "./inputs.ts";
import type { EventOf } from "./session-events.ts";
import { type Answer, Session, type SessionArgs, SessionError } from "./session.ts";

/** A session of a group before it is open. */
export interface GroupMember extends SessionArgs {
  readonly role: string;
  /** Options that its program is started with. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it does while the first member plays a block; the first one's own is `together`. */
  readonly during: CompanionPart;
}

interface OpenMember {
  readonly role: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly during: CompanionPart;
  readonly session: Session;
  /** Blocks that it played alongside, over the whole session. */
  alongside: number;
}

type Ready = Answer<EventOf<"ready">> & { readonly startSeconds: number };
type Played = Answer<EventOf<"block">>;

const largest = (values: readonly number[]): number => Math.max(...values);

/** Code of a program that ended because another one had. */
const peerLost = "peer-lost";
/** Time for the program that ended first to be heard. */
const lastWordsMs = 3000;
const never = new Promise<never>(() => undefined);

const missesAnother = (thrown: unknown): boolean => thrown instanceof SessionError && thrown.code === peerLost;

interface ByRole<T> {
  readonly role: string;
  readonly answer: T;
}

function first<T>(answers: readonly T[]): T {
  const [answer] = answers;
  if (answer === undefined) {
    throw new RangeError("a group has at least one member");
  }
  return answer;
}

/** Plays blocks of one step until `isOver`; what ended before that, or else the one block that did not, counts. */
async function accompany(member: OpenMember, isOver: () => boolean): Promise<Record<string, number>> {
  const { session, during } = member;
  const series = during.plays === "alongside" ? during.series : "";
  let [items, seconds] = [0, 0];
  do {
    const { event } = await session.block(series, member.alongside, 1);
    member.alongside += 1;
    if (!isOver() || seconds === 0) {
      items += event.items;
      seconds += event.seconds;
    }
  } while (!isOver());
  return { items, seconds };
}

/** One block out of those of all members that played it together, and what was done alongside. */
function joined(together: readonly ByRole<Played>[], alongside: readonly ByRole<Record<string, number>>[]): Played {
  const { answer: leader } = first(together);
  const events = together.map(({ answer }) => answer.event);
  const others = [
    ...together.slice(1).map(({ role, answer }) => named(role, answer.event.metrics)),
    ...alongside.map(({ role, answer }) => named(role, answer)),
  ];
  return {
    event: {
      ...leader.event,
      items: events.reduce((sum, { items }) => sum + items, 0),
      seconds: largest(events.map(({ seconds }) => seconds)),
      steps: leader.event.steps.map((_, step) => largest(events.map(({ steps }) => steps[step] ?? 0))),
      metrics: Object.assign({}, leader.event.metrics, ...others) as Record<string, number>,
    },
    hostSeconds: largest(together.map(({ answer }) => answer.hostSeconds)),
  };
}

/** Metrics of a member other than the first, under names that begin with its role. */
function named(role: string, metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${role}.${name}`, value]));
}

/**
 * The sessions of one environment: one program, or several on hosts of their own that work as one. It is launched when
 * all are ready, and has played a block when all that take part in it have.
 */
export class SessionGroup {
  readonly #members: readonly OpenMember[];

  private constructor(members: readonly OpenMember[]) {
    this.#members = members;
  }

  /**
   * Starts every program; none has been told to start its work yet.
   *
   * @param first the program that leads
   * @param others the programs beside it
   */
  static open(first: GroupMember, others: readonly GroupMember[] = []): SessionGroup {
    return new SessionGroup(
      [first, ...others].map(({ role, options, during, ...args }) => {
        return { role, options, during, session: Session.open(args), alongside: 0 };
      }),
    );
  }

  /** Tells all programs to get ready at once, and waits for the slowest; what they say is told apart by role. */
  async start(): Promise<Ready> {
    const answers = await this.#all(this.#members, ({ session, options }) => session.start(options));
    const { answer } = first(answers);
    const others = answers.slice(1);
    const facts = Object.fromEntries(others.map(({ role, answer: { event } }) => [role, event.facts]));
    return {
      event: {
        ...answer.event,
        facts: { ...answer.event.facts, ...(others.length === 0 ? {} : { companions: facts }) },
      },
      hostSeconds: largest(answers.map((each) => each.answer.hostSeconds)),
      startSeconds: largest(answers.map((each) => each.answer.startSeconds)),
    };
  }

  /**
   * Plays one block on all members that play together: items are summed, and it took as long as the slowest took, as did
   * each step. Who plays alongside does so from before the block begins until it is over.
   */
  async block(series: string, block: number, steps: number): Promise<Played> {
    let over = false;
    const beside = this.#members.filter(({ during }) => during.plays === "alongside" && during.beside.includes(series));
    const accompanied = this.#all(beside, (member) => accompany(member, () => over));
    accompanied.catch(() => undefined); // It is waited for below, unless another failure is told first.
    const together = this.#members.filter(({ during }) => during.plays === "together");
    try {
      const answers = await this.#all(together, ({ session }) => session.block(series, block, steps));
      over = true;
      return joined(answers, await accompanied);
    } finally {
      over = true;
    }
  }

  /** Ends all programs in order, and waits for the end of the last. */
  async stop(): Promise<Answer<EventOf<"stopped">>> {
    const answers = await this.#all(this.#members, ({ session }) => session.stop());
    return {
      event: first(answers).answer.event,
      hostSeconds: largest(answers.map(({ answer }) => answer.hostSeconds)),
    };
  }

  /** Ends all programs at once. Never throws. */
  async kill(): Promise<void> {
    await Promise.all(this.#members.map(({ session }) => session.kill()));
  }

  /**
   * Asks members at once. The error of one says which it was, where there are several; one that only misses another is
   * not told before that one had time to say why it ended.
   */
  async #all<T>(members: readonly OpenMember[], ask: (member: OpenMember) => Promise<T>): Promise<ByRole<T>[]> {
    const asked = members.map(async (member) => {
      const { role } = member;
      try {
        return { role, answer: await ask(member) };
      } catch (thrown) {
        throw this.#members.length > 1 && thrown instanceof SessionError ? thrown.of(role) : thrown;
      }
    });
    try {
      return await Promise.all(asked);
    } catch (thrown) {
      if (!missesAnother(thrown)) {
        throw thrown;
      }
      const others = asked.map((each) =>
        each.then(
          () => never,
          (other: unknown) => (missesAnother(other) ? never : other),
        ),
      );
      throw await Promise.race([...others, sleep(lastWordsMs, thrown, { ref: false })]);
    }
  }
}
