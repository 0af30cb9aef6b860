import type { CloudPrices, InstancePrice } from "../../catalogue/prices/cloud-schema.ts";
import type { DatedPrice, PriceTable } from "../planned/price-table.ts";
import { instancePrice, servicePrice } from "../planned/price-table.ts";
import { privatePrices } from "../private-prices.ts";

/** Somewhere that replicas of a service may run. */
export interface Place {
  readonly name: string;
  readonly kind: "local" | "kubernetes" | "virtual machine";
  /** What all replicas on one machine may have together. */
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Machines that there are; null where there are as many as one pays for. */
  readonly machines: number | null;
  readonly architecture: "x86_64" | "arm64" | null;
  /** For an hour of one machine; null where it is not known. */
  readonly price: DatedPrice | null;
  /** For an hour, however many machines. */
  readonly shared: readonly { readonly what: string; readonly price: DatedPrice }[];
  /** What a machine may do on average before it is charged for more; left out where it may do all that it can. */
  readonly burstable?: Burstable;
}

/** What a machine whose CPUs are shared earns credits for. */
interface Burstable {
  /** vCPUs that it may keep busy all the time. */
  readonly cpus: number;
  /** For an hour of a vCPU beyond these; null where it is not known. */
  readonly surplus: DatedPrice | null;
}

/**
 * What pods may have of a node where nobody wrote it down, as Google Kubernetes Engine reserves of its nodes: of memory 25 %
 * of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 % of the rest, and 100 MiB; of CPUs 6 % of
 * the first, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest.
 *
 * @source Google Kubernetes Engine documentation, Plan node sizes, memory and CPU reservations
 */
export function allocatableOf({ vcpus, memoryMiB }: Pick<InstancePrice, "vcpus" | "memoryMiB">) {
  const reserved = (amount: number, steps: readonly (readonly [number, number])[]): number => {
    let [left, sum] = [amount, 0];
    for (const [size, share] of steps) {
      sum += Math.min(left, size) * share;
      left = Math.max(0, left - size);
    }
    return sum;
  };
  const gib = 1024;
  const memory = reserved(memoryMiB, [
    [4 * gib, 0.25],
    [4 * gib, 0.2],
    [8 * gib, 0.1],
    [112 * gib, 0.06],
    [Infinity, 0.02],
  ]);
  const cpus = reserved(vcpus, [
    [1, 0.06],
    [1, 0.01],
    [2, 0.005],
    [Infinity, 0.0025],
  ]);
  return { cpus: vcpus - cpus, memoryMiB: memoryMiB - memory - 100 };
}

/** What a cluster and the way into it cost in each cloud, besides nodes: ids of services. */
const clusterServices: Readonly<Record<CloudPrices["provider"], readonly string[]>> = {
  aws: ["eks-cluster", "network-load-balancer"],
  azure: ["aks-cluster", "load-balancer-rule"],
  google: ["gke-cluster", "forwarding-rule"],
};

function creditsOf(
  table: PriceTable,
  provider: CloudPrices["provider"],
  { vcpus, burstable }: InstancePrice,
): Pick<Place, "burstable"> {
  if (burstable === undefined) return {};
  return { burstable: { cpus: vcpus * burstable.baseline, surplus: servicePrice(table, provider, burstable.surplus) } };
}

/** Nodes of a cloud's Kubernetes, by type; those with accelerators are left out. */
export function kubernetesPlaces(table: PriceTable): Place[] {
  return table.clouds.flatMap(({ provider, instances }) => {
    const shared = clusterServices[provider].flatMap((id) => {
      const price = servicePrice(table, provider, id);
      return price === null ? [] : [{ what: id, price }];
    });
    return instances
      .filter(({ gpus }) => gpus === null)
      .map((one): Place => {
        const { type, architecture } = one;
        const may = one.allocatable ?? allocatableOf(one);
        const price = instancePrice(table, provider, type);
        const own = { ...may, ...creditsOf(table, provider, one), architecture, price, shared };
        return { name: type, kind: "kubernetes", machines: null, ...own };
      });
  });
}

/** Virtual machines of the user's own cloud, by flavor; those with accelerators are left out. */
export function flavorPlaces({ book }: PriceTable): Place[] {
  if (book === null) return [];
  return privatePrices(book).flatMap((one): Place[] => {
    if (one.kind !== "flavor" || one.vcpus === null || one.memoryMiB === null || one.gpus > 0) return [];
    const { name, vcpus, memoryMiB, perHour, currency, asOf, source } = one;
    const price = { amount: perHour, currency, asOf, source, region: null };
    const size = { cpus: vcpus, memoryMiB, machines: null, architecture: null };
    return [{ name, kind: "virtual machine", ...size, price, shared: [] }];
  });
}
