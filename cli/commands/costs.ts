import { type Command, Option } from "commander";
import { cloudNames } from "../../catalogue/prices/cloud-schema.ts";
import { json } from "./options.ts";

const priceBook = (): Option =>
  new Option("--price-book <file>", "what your own machines cost (JSON; docs/schemas/private-price-book.schema.json)");

function addPrices(program: Command): void {
  program
    .command("prices")
    .description("list every price that is known, each with its date and source")
    .addOption(new Option("--refresh <cloud>", "ask this cloud for today's first").choices(cloudNames))
    .addOption(priceBook())
    .addOption(json())
    .action(async (options: import("../prices.ts").PricesOptions) => {
      process.exitCode = await (await import("../prices.ts")).listPrices(options);
    });
}

/** Adds the commands about money. */
export function addCostsCommands(program: Command): void {
  program.commandsGroup("Costs:");
  addPrices(program);
}
