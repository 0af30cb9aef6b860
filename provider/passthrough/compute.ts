import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { connectionSchema } from "../connection.ts";
import { executeAt } from "../execute.ts";
import { name } from "../inputs.ts";
import type { ResourceHandler, State } from "../resource-handler.ts";
import type { ComputeCard } from "./resources.ts";

const schema = z.strictObject({
  name,
  connection: connectionSchema,
  devices: z
    .array(z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/, "must be kinds of PCI device, such as `10de:2330`"))
    .min(1, "must name at least one kind of PCI device"),
  alias: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, dashes and underscores"),
  sudo: z.boolean().default(true),
});
type Inputs = z.infer<typeof schema>;

/** An initial RAM disk is made anew on the way. */
const timeoutSec = 600;

const refusals: readonly { readonly says: RegExp; readonly code: string; readonly hint: string }[] = [
  {
    says: /is in use by/,
    code: "card-in-use",
    hint: "End that process, or move the server away, and run `pulumi up` or `pulumi destroy` again: nothing was changed.",
  },
  {
    says: /there is no card of/,
    code: "card-missing",
    hint: "Compare `devices` with `lspci -nn` on the host.",
  },
  {
    says: /sudo/,
    code: "sudo-refused",
    hint: "Let the user run `sudo -n sh`, or log in as root and set `sudo: false`.",
  },
];

/** What a host says at the end. */
interface Told {
  readonly cards: readonly ComputeCard[];
  readonly aliases: readonly string[];
  readonly rebootNeeded: boolean;
  /** Whether all that was written is there. */
  readonly stands: boolean;
}

function read(text: string): Told {
  const lines = text.split("\n");
  const after = (word: string): string[] =>
    lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length));
  const cards = after("card ").map((line) => {
    const [address = "", driver = ""] = line.split(" ");
    return { address, driver };
  });
  const [groups = "0"] = after("groups ");
  const bound = cards.every(({ driver }) => driver === "vfio-pci");
  return {
    cards,
    aliases: after("alias = "),
    rebootNeeded: !bound || Number(groups) === 0,
    stands: lines.includes("files there"),
  };
}

async function prepare(action: "install" | "remove" | "show", inputs: Inputs, signal: AbortSignal): Promise<Told> {
  const { connection, alias, devices, sudo } = inputs;
  const input = readFileSync(fileURLToPath(new URL("./prepare", import.meta.url)), "utf8");
  const argv = [...(sudo ? ["sudo", "-n"] : []), "sh", "-s", "--", action, alias, ...devices];
  try {
    return read(await executeAt(connection, argv, { input, timeoutSec, signal }));
  } catch (thrown) {
    signal.throwIfAborted();
    const said = thrown instanceof UnderlayError ? (thrown.hint ?? thrown.message) : messageOf(thrown);
    const known = refusals.find(({ says }) => says.test(said));
    const message = `The compute host refused: ${said.trim()}`;
    throw new UnderlayError(known?.code ?? "passthrough-failed", message, known?.hint ?? null, { cause: thrown });
  }
}

const outputsOf = (inputs: Inputs, { cards, aliases, rebootNeeded }: Told): State => ({
  ...inputs,
  ...{ cards, aliases, rebootNeeded },
});

/** The resource `ComputePassthrough`. */
export const computePassthroughHandler: ResourceHandler<Inputs> = {
  schema,
  updates: ["sudo"],
  create: async (inputs, { signal, progress }) => {
    const told = await prepare("install", inputs, signal);
    if (told.rebootNeeded) {
      progress.warn("Reboot the host once its servers are elsewhere: the IOMMU or a card's driver waits for it.");
    }
    return { id: `${inputs.name}/${inputs.alias}`, outputs: outputsOf(inputs, told) };
  },
  update: (_id, inputs, state) => Promise.resolve({ ...state, ...inputs }),
  read: async (_id, inputs, _state, { signal, progress }) => {
    const told = await prepare("show", inputs, signal);
    if (!told.stands) {
      progress.warn("Somebody took away what was written on the compute host.");
      return null;
    }
    return outputsOf(inputs, told);
  },
  delete: async (_id, inputs, _state, { signal }) => {
    await prepare("remove", inputs, signal);
  },
};
