import { z } from "zod";
import { pairedRatioOfRounds } from "../measure/interval.ts";
import { type Attachment, attachmentSchema } from "../measure/network.ts";
import { identityVariables } from "../provider/execute.ts";
import { programPlace, shipProgram } from "../provider/program.ts";
import { type GroupMember, SessionGroup } from "../provider/session-group.ts";
import { trainingPlan, trainingRoles } from "../workloads/index.ts";
import type { Bench, Progress } from "./bench.ts";
import { ByHand, handCommand, type HandEvent } from "./by-hand.ts";
import { type BenchHost, type BenchPlace, withHosts } from "./hosts.ts";

/** Every launch has an effect of its own on all of its blocks. */
const launches = 4;
/** Pairs of blocks of each launch. */
const pairs = 8;
const tolerance = 0.02;
/** Port of the roles that run by hand: in the same network namespaces, the usual one is taken. */
const handPort = 3222;
const blockSchema = z.looseObject({ items: z.number(), seconds: z.number() });
const owner = "distributed-fidelity";
const plan = trainingPlan({ scenario: "distributed", seed: 1 });
const during = [{ plays: "together" as const }, ...(plan.companions ?? []).map((each) => each.during)];

interface RoleHost extends BenchHost {
  readonly role: string;
  readonly name: string;
  readonly cpu: number;
  readonly attachment: Attachment;
}

/** A host for each role, as a stack makes them. */
async function makeHosts(place: BenchPlace): Promise<RoleHost[]> {
  const link = await place.network();
  const hosts: RoleHost[] = [];
  for (const [index, role] of trainingRoles({ scenario: "distributed" }).entries()) {
    const name = role === "parameter-server" ? "ps" : role;
    const network = { link, hostName: name, address: `198.18.0.${String(index + 1)}` };
    const host = await place.host("process", { name, firstCpu: index, network });
    const cpu = index % 2;
    hosts.push({ ...host, role, name, cpu, attachment: attachmentSchema.parse(host.outputs["attachment"]) });
    const { signal } = place.operation;
    await shipProgram(plan.directory, host.connection, identityVariables(place.runId, owner), signal);
  }
  return hosts;
}

function peersOf(hosts: readonly RoleHost[], port?: number): Record<string, string> {
  const suffix = port === undefined ? "" : `:${String(port)}`;
  return Object.fromEntries(hosts.map(({ role, attachment }) => [role, `${attachment.address}${suffix}`]));
}

/** The same programs as someone would run them in shells, one for each role. */
async function startByHand(place: BenchPlace, hosts: readonly RoleHost[]): Promise<ByHand[]> {
  const peers = peersOf(hosts, handPort);
  const programs: ByHand[] = [];
  for (const { name, cpu, attachment } of hosts) {
    programs.push(await ByHand.start(handCommand(place, { name, cpu, namespace: attachment.namespace ?? "" })));
  }
  const told = hosts.map(({ role }) => ({ command: "start", options: { ...plan.options, role, peers } }));
  await Promise.all(programs.map((program, index) => program.ask(told[index] ?? {})));
  return programs;
}

async function openGroup(place: BenchPlace, hosts: readonly RoleHost[]): Promise<SessionGroup> {
  const peers = peersOf(hosts);
  const [first, ...others] = hosts.map(({ role, connection }, index): GroupMember => ({
    role,
    connection,
    command: ["python3", `${programPlace}/main.py`],
    runId: place.runId,
    owner,
    answerTimeoutSec: 300,
    options: { ...plan.options, role, peers },
    during: during[index] ?? { plays: "nothing" },
  }));
  if (first === undefined) {
    throw new RangeError("there is at least one role");
  }
  const group = SessionGroup.open(first, others);
  await group.start();
  return group;
}

/** Images per second of all workers together, in the time of the slowest. */
function rateOf(events: readonly HandEvent[]): number {
  const blocks = events.map((event) => blockSchema.parse(event));
  return blocks.reduce((sum, { items }) => sum + items, 0) / Math.max(...blocks.map(({ seconds }) => seconds));
}

/** Pairs of blocks of one launch of both, as log-ratios. */
async function round(place: BenchPlace, hosts: readonly RoleHost[], progress: Progress): Promise<number[]> {
  const workers = during.filter(({ plays }) => plays === "together").length;
  const hand = await startByHand(place, hosts);
  const group = await openGroup(place, hosts);
  try {
    const ratios: number[] = [];
    for (let block = 0; block < pairs; block += 1) {
      const command = { command: "block", series: "synthetic", block, steps: 1 };
      const byHand = async (): Promise<number> =>
        rateOf(await Promise.all(hand.slice(0, workers).map((program) => program.ask(command))));
      const through = async (): Promise<number> => rateOf([(await group.block("synthetic", block, 1)).event]);
      // Which one goes first changes from pair to pair: neither has the warmer machine.
      const first = block % 2 === 0 ? await byHand() : await through();
      const second = block % 2 === 0 ? await through() : await byHand();
      ratios.push(Math.log(block % 2 === 0 ? second / first : first / second));
      progress(`pair ${String(block + 1)} of ${String(pairs)}: ${Math.exp(ratios.at(-1) ?? 0).toFixed(3)}`);
    }
    await Promise.all([...hand.map((program) => program.ask({ command: "stop" })), group.stop()]);
    return ratios;
  } finally {
    await group.kill();
    await Promise.all(hand.map((program) => program.end()));
  }
}

/** Throughput of one parameter server and two workers through underlay against the same by hand, blocks interleaved. */
export const distributedFidelity: Bench = {
  name: owner,
  title: "throughput of 1 parameter server + 2 workers through underlay ÷ the same programs run by hand, same network",
  goal: "1.00 ± 0.02",
  unit: "ratio",
  run: (progress) =>
    withHosts(progress, async (place) => {
      const hosts = await makeHosts(place);
      const played: number[][] = [];
      for (let launch = 0; launch < launches; launch += 1) {
        progress(`launch ${String(launch + 1)} of ${String(launches)}`);
        played.push(await round(place, hosts, progress));
      }
      const { ratio, interval } = pairedRatioOfRounds(played, "pairs");
      const bounds = interval.value;
      const holds = ratio !== null && bounds !== null && bounds.low <= 1 && bounds.high >= 1;
      const pass = holds && Math.abs(ratio - 1) <= tolerance;
      return { value: ratio ?? Number.NaN, n: launches * pairs, interval: bounds, pass, detail: { played } };
    }),
};
