import type { CloudPrices } from "../catalogue/prices/cloud-schema.ts";
import type { PrivateBook } from "../catalogue/prices/private-schema.ts";
import { machineHour, privatePrices } from "../measure/private-prices.ts";
import { columnLines } from "./columns.ts";
import { withoutControls } from "./markup.ts";
import { dash, numberText } from "./number-text.ts";

const sized = (vcpus: number | null, memoryMiB: number | null): string[] => [
  vcpus === null ? dash : String(vcpus),
  memoryMiB === null ? dash : numberText(memoryMiB / 1024, 3),
];

function cloudLines({ name, currency, instances, services, egress, functions, sources }: CloudPrices): string[] {
  const dated = (source: string): string => sources[source]?.asOf ?? dash;
  const heads = ["instance", "vCPUs", "GiB", "GPUs", `${currency}/h`, "as of"];
  const rows = instances.map(({ type, vcpus, memoryMiB, gpus, perHour, source }) => {
    const accelerators = gpus === null ? "" : `${String(gpus.count)} × ${gpus.name}`;
    return [type, ...sized(vcpus, memoryMiB), accelerators, numberText(perHour), dated(source)];
  });
  const others = [
    ...services.map((one) => [one.name, numberText(one.price), one.per, dated(one.source)]),
    ...(egress?.tiers ?? []).map(({ from, price }) => {
      return [
        `to the internet, from ${String(from)} GB a month on`,
        numberText(price),
        "GB",
        dated(egress?.source ?? ""),
      ];
    }),
    ...functions.flatMap((one) => [
      [`${one.name} (${one.region}), memory`, numberText(one.perGibSecond), "GiB-second", dated(one.source)],
      ...(one.perVcpuSecond === null
        ? []
        : [[`${one.name}, CPUs`, numberText(one.perVcpuSecond), "vCPU-second", dated(one.source)]]),
      [`${one.name}, requests`, numberText(one.perMillionRequests), "million", dated(one.source)],
    ]),
  ];
  const cited = Object.values(sources).map(({ title, url, asOf, secondHand }) => {
    return `${asOf} ${title}${secondHand ? " (second hand)" : ""}\n           ${url}`;
  });
  return [
    `${name}, in ${currency}, without taxes`,
    ...columnLines([heads, ...rows], [1, 2, 4]),
    ...(others.length === 0 ? [] : ["", ...columnLines([["service", currency, "for", "as of"], ...others], [1])]),
    ...(egress === null ? ["What goes to the internet has no price here."] : []),
    "",
    ...cited,
  ];
}

function bookLines(book: PrivateBook): string[] {
  const { name, currency, asOf, machines } = book;
  const heads = ["name", "kind", "vCPUs", "GiB", "GPUs", "currency", "an hour", "as of"];
  const rows = privatePrices(book).map((one) => [
    ...[one.name, one.kind, ...sized(one.vcpus, one.memoryMiB), String(one.gpus), one.currency],
    ...[numberText(one.perHour), one.asOf],
  ]);
  const parts = ["machine", "write-off", "upkeep", "power", "staff", "standing", "÷ use", "an hour of use"];
  const made = machines.map((machine) => {
    const { depreciation, maintenance, power, staff, standing, used } = machineHour(book, machine);
    const sums = [depreciation, maintenance, power, staff, standing].map((part) => numberText(part, 3));
    return [machine.name, ...sums, numberText(machine.utilisation, 2), numberText(used, 3)];
  });
  return [
    `${name}, of ${asOf}`,
    ...columnLines([heads, ...rows], [2, 3, 4, 6]),
    "",
    `What an hour of a machine is made of, in ${currency}:`,
    ...columnLines([parts, ...made], [1, 2, 3, 4, 5, 6, 7]),
  ];
}

/** All prices that are known, for a terminal: each with its date, and where it is written. */
export function priceLists(clouds: readonly CloudPrices[], book: PrivateBook | null): string {
  const blocks = [...clouds.map(cloudLines), ...(book === null ? [] : [bookLines(book)])];
  return `${blocks.map((lines) => lines.map(withoutControls).join("\n")).join("\n\n\n")}\n`;
}
