import { type Attachment, attachmentSchema } from "../measure/network.ts";
import { type MeasurementInputs, measurementInputsSchema } from "../provider/inputs.ts";
import { membersOf } from "../provider/play.ts";
import { programPlace, shipProgram } from "../provider/program.ts";
import { SessionGroup } from "../provider/session-group.ts";
import { trainingPlan, trainingRoles } from "../workloads/index.ts";
import type { Bench, Progress } from "./bench.ts";
import { ByHand, handCommand } from "./by-hand.ts";
import { type BenchHost, type BenchPlace, withHosts } from "./hosts.ts";
import { fidelityOf, playPairs, rateOf } from "./pairs.ts";

/** Every launch has an effect of its own on all of its blocks. */
const launches = 4;
/** Pairs of blocks of each launch. */
const pairs = 8;
const tolerance = 0.02;
/** Port of the roles that run by hand: in the same network namespaces, the usual one is taken. */
const handPort = 3222;
const roles = trainingRoles({ scenario: "distributed" });

interface RoleHost {
  readonly host: BenchHost;
  readonly attachment: Attachment;
  readonly role: string;
  readonly name: string;
  readonly cpu: number;
}

/** A host for each role, as a stack makes them. */
async function makeHosts(place: BenchPlace): Promise<RoleHost[]> {
  const link = await place.network();
  const hosts: RoleHost[] = [];
  for (const [index, role] of roles.entries()) {
    const name = role === "parameter-server" ? "ps" : role;
    const network = { link, hostName: name, address: `198.18.0.${String(index + 1)}` };
    const host = await place.host("process", { name, firstCpu: index, network });
    hosts.push({ host, attachment: attachmentSchema.parse(host.attachment), role, name, cpu: index % 2 });
  }
  return hosts;
}

/** What a measurement on these hosts would be told. */
function inputsOf(place: BenchPlace, hosts: readonly RoleHost[]): MeasurementInputs {
  const [leader, ...others] = hosts.map(({ host }) => host);
  const companions = others.map(({ environment: _environment, ...companion }) => companion);
  return measurementInputsSchema.parse({
    name: "distributed-fidelity",
    runId: place.runId,
    hosts: [{ ...leader, companions }],
    baseline: "bare-metal",
    plan: trainingPlan({ scenario: "distributed", seed: 1 }),
    recordDirectory: place.directory,
  });
}

/** Starts the programs by hand, as someone would in shells, one for each role. */
async function startByHand(
  place: BenchPlace,
  hosts: readonly RoleHost[],
  inputs: MeasurementInputs,
  hand: ByHand[],
): Promise<void> {
  const { command, options } = inputs.plan;
  const program = programPlace(inputs, "bare-metal");
  const peers = Object.fromEntries(hosts.map(({ role, attachment }) => [role, `${attachment.address}:${handPort}`]));
  for (const { name, cpu, attachment } of hosts) {
    const own = { program, name, cpu, command, namespace: attachment.namespace ?? "" };
    hand.push(await ByHand.start(handCommand(place, own)));
  }
  const started = hosts.map(({ role }) => ({ command: "start", options: { ...options, role, peers } }));
  await Promise.all(hand.map((program, index) => program.ask(started[index] ?? {})));
}

/** Pairs of blocks of one launch of both; which one is launched first changes from launch to launch. */
async function playLaunch(
  launch: number,
  place: BenchPlace,
  hosts: readonly RoleHost[],
  inputs: MeasurementInputs,
  progress: Progress,
): Promise<number[]> {
  const { plan } = inputs;
  const [measured] = inputs.hosts;
  if (measured === undefined) {
    throw new RangeError("a measurement has at least one environment");
  }
  const [leader, ...others] = membersOf(inputs, measured);
  const hand: ByHand[] = [];
  const through = SessionGroup.open(leader, others);
  try {
    const starts = [() => startByHand(place, hosts, inputs, hand), () => through.start()];
    for (const start of launch % 2 === 0 ? starts : starts.reverse()) {
      await start();
    }
    const workers = hand.filter((_, index) => plan.companions[index - 1]?.during.plays !== "nothing");
    const ratios = await playPairs(
      pairs,
      async (block) => {
        const command = { command: "block", series: "synthetic", block, steps: 1 };
        return rateOf(await Promise.all(workers.map((program) => program.ask(command))));
      },
      async (block) => rateOf([(await through.block("synthetic", block, 1)).event]),
      progress,
    );
    await Promise.all([...hand.map((program) => program.ask({ command: "stop" })), through.stop()]);
    return ratios;
  } finally {
    await through.kill();
    await Promise.all(hand.map((program) => program.end()));
  }
}

/** Throughput of one parameter server and two workers through underlay against the same by hand, blocks interleaved. */
export const distributedFidelity: Bench = {
  name: "distributed-fidelity",
  title: "throughput of 1 parameter server + 2 workers through underlay ÷ the same programs run by hand, same network",
  goal: "1.00 ± 0.02",
  unit: "ratio",
  run: (progress) =>
    withHosts(progress, async (place) => {
      const hosts = await makeHosts(place);
      const inputs = inputsOf(place, hosts);
      const { signal } = place.operation;
      for (const { host } of hosts) {
        const program = programPlace(inputs, "bare-metal");
        await shipProgram(inputs.plan.directory, host.connection, inputs, program, signal);
      }
      const played: number[][] = [];
      for (let launch = 0; launch < launches; launch += 1) {
        progress(`launch ${String(launch + 1)} of ${String(launches)}`);
        played.push(await playLaunch(launch, place, hosts, inputs, progress));
      }
      return { ...fidelityOf(played, tolerance), detail: { played } };
    }),
};
