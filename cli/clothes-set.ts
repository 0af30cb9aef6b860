import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programDigest } from "../provider/program.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { drawnSet, seedOf } from "./drawn-set.ts";
import { type MnistSetOptions, printSet } from "./mnist-set.ts";

const workloads = fileURLToPath(new URL("../workloads", import.meta.url));

/** Domains that clothes are drawn in: as Fashion-MNIST is, and as a model of it has not seen them. */
export type ClothesDomain = "shop" | "street";

/**
 * A set of clothes in the format of Fashion-MNIST that nobody photographed, in the cache; drawn when it is not there.
 *
 * @param domain how they look
 * @param seed from 0 to 2147483647
 * @returns its folder
 * @throws UnderlayError `command-failed` with the last lines of what draws it
 */
export function clothesSet(domain: ClothesDomain, seed = 1): Promise<string> {
  const program = "model-service/clothes/draw_clothes.py";
  const command = ["python3", `/data/workloads/${program}`];
  return drawnSet({
    name: `clothes-${domain}`,
    programs: [
      programDigest(join(workloads, "model-service/clothes")),
      digestOfFile(join(workloads, "optimised-training/run/epochs/idx.py")),
    ],
    seen: [{ source: workloads, target: "/data/workloads" }],
    command: (folder) => [...command, folder, "--domain", domain, "--seed", String(seed)],
    parts: [domain, seed],
  });
}

/**
 * Prints the folder of drawn clothes.
 *
 * @returns the exit code
 * @throws UnderlayError `option-invalid`
 */
export async function makeClothesSet(domain: ClothesDomain, options: MnistSetOptions): Promise<number> {
  return printSet(await clothesSet(domain, seedOf(options.seed)), options.json === true);
}
