import { servicePrice } from "../planned/price-table.ts";
import type { Candidate, PlacementQuestion } from "./candidate.ts";

/** What decides where a reason says that nothing can be told. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /percentile needs/,
    "Measure more requests: p95 needs 59 and p99 needs 299. `underlay containerise` makes 300 where they come within 30 s.",
  ],
  [/how many requests it answers/, "Measure how many requests a second it answers at most."],
  [/spread more/, "Measure it at the rate itself, on the place: no bound holds for such times."],
  [
    /between p95 and p99/,
    "Measure it where p99 is within the limit: on a machine at rest, or with more CPUs (`underlay containerise --cpus`).",
  ],
  [/nothing was measured on/, "Build and measure it on the other instruction set."],
];

/** What would settle what cannot be told, each in a sentence. */
export function settling({ container, functions }: PlacementQuestion, candidates: readonly Candidate[]): string[] {
  const open = candidates.filter(({ verdict }) => verdict === "cannot tell");
  const because = (reason: RegExp): Candidate[] => open.filter((one) => reason.test(one.reason ?? ""));
  const unknownSpeed = because(/^its speed/);
  const [example] = unknownSpeed;
  const name = example?.kind === "function" ? "lambda" : (example?.name ?? "");
  return [
    ...(container === null ? ["Build and measure the container here: `underlay containerise` does both."] : []),
    ...(functions.length === 0
      ? ["Measure it as a function: `underlay tune`, or build it as one and measure that."]
      : []),
    ...remedies.filter(([reason]) => because(reason).length > 0).map(([, remedy]) => remedy),
    ...(unknownSpeed.length === 0
      ? []
      : [
          `Of ${String(unknownSpeed.length)} places the speed is not known. Measure the service on one of them; or run the probe there and here ` +
            `(--probe ${name}=FILE --probe here=FILE); or say what you assume of it: --speed ${name}=1, or --speed all=1, is as fast as here.`,
        ]),
  ];
}

/** What is taken for granted of machines that earn CPU credits, by type, with what each was found to use beyond them. */
function creditLines({ table }: PlacementQuestion, candidates: readonly Candidate[]): string[] {
  return table.clouds.flatMap(({ provider, instances, sources, currency }) =>
    instances.flatMap(({ type, burstable }) => {
      if (burstable === undefined) return [];
      const price = servicePrice(table, provider, burstable.surplus);
      const rate =
        price === null ? "at a price that is not known" : `${String(price.amount)} ${currency} for a vCPU and hour`;
      const written = sources[burstable.source];
      const found = candidates.find(({ name }) => name === type)?.surplusVcpus ?? null;
      const used =
        found === null ? "" : found > 0 ? ` Here ${found.toFixed(2)} vCPUs are, in its price.` : " Here nothing is.";
      return [
        `${type} earns CPU credits for ${String(100 * burstable.baseline)} % of each vCPU ` +
          `(${written?.asOf ?? ""} ${written?.title ?? burstable.source}). What busy replicas use beyond that all the time, ` +
          `each all of its CPUs, is charged (mode \`unlimited\`): ${rate}; in the mode \`standard\` it would be slowed down to it.${used}`,
      ];
    }),
  );
}

/** What a placement takes for granted, each in a sentence. */
export function assumptionsOf(question: PlacementQuestion, candidates: readonly Candidate[]): string[] {
  const { table, here, functions, concurrency } = question;
  const reserved = table.clouds.some(({ instances }) => instances.some(({ allocatable }) => allocatable === null));
  return [
    "Requests come at random (a Poisson process) at this rate all the time, and are spread over replicas at random.",
    "A replica is one server of its measured capacity (M/M/1); p95 is an upper bound: measured p99 plus the wait that 4 % exceed.",
    "As many replicas as are needed, and none to spare; whole machines are paid for.",
    "Clusters are paid for with their control plane and one load balancer; disks, traffic, logs, taxes and discounts are left out.",
    ...(reserved
      ? ["Where nobody wrote down what pods may have of a node, it is what Google Kubernetes Engine leaves them."]
      : []),
    ...(table.clouds.some(({ instances }) => instances.some(({ gpus }) => gpus !== null))
      ? ["Machines with accelerators are left out: nothing was measured on one."]
      : []),
    ...creditLines(question, candidates),
    ...(functions.length === 0
      ? []
      : [
          `Functions answer warm, through an HTTP API, at the prices of the first requests of a month; the account allows ${String(concurrency)} at once.`,
        ]),
    ...(here === null ? ["This machine has no price: name it in a price book and give --here."] : []),
  ];
}
